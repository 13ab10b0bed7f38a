// An event with all that is known of it, and why.
import { h } from "./dom.js";
import * as words from "./words.js";

export function side(event, which) {
  const name = event[`${which}_name`] ?? event[`${which}_text`];
  if (!name) return null;
  const code = words.code(event[`${which}_code`], event[`${which}_sector`]);
  return [h("b", {}, name), code && [" ", h("span", { class: "code" }, code)]];
}

export function kind(event) {
  return h("span", { class: `kind ${event.quad ?? ""}` }, words.plain(event.type), event.mode && h("i", {}, ` ${words.plain(event.mode).toLowerCase()}`));
}

export function parties(event) {
  const target = side(event, "target");
  const sign = event.reciprocal ? "with" : "to";
  const arrow = h("span", { class: "arrow" }, h("span", { "aria-hidden": "true" }, event.reciprocal ? "⇄" : "→"), h("span", { class: "unseen" }, ` ${sign} `));
  return h("span", { class: "parties" }, side(event, "source"), target && [" ", arrow, " "], target);
}

function when(event) {
  if (!event.date_from) return "not told";
  const days = event.date_from === event.date_to ? event.date_from : `${event.date_from} to ${event.date_to}`;
  const basis = { expression: "by words of its sentence", published: "by the day of publishing" }[event.date_basis];
  return [days, basis && h("span", { class: "quiet" }, ` ${event.date_granularity ?? "day"}, ${basis}`)];
}

function where(event) {
  if (!event.place_name) return null;
  const basis = { clause: "named in its clause", story: "named elsewhere in the story", dateline: "from the dateline" }[event.place_basis];
  return [event.place_name, event.place_country && `, ${words.country(event.place_country)}`, basis && h("span", { class: "quiet" }, ` ${basis}`)];
}

function people(event) {
  const counted = ["killed", "injured", "detained", "crowd"].filter((name) => event[name] !== null && event[name] !== undefined);
  return counted.length ? counted.map((name) => `${event[name].toLocaleString("en")} ${name === "crowd" ? "in the crowd" : name}`).join(", ") : null;
}

/** A card; `show` is called when it is looked at, so that the text shows its spans. */
export function card(event, number, { show, isOpen }) {
  const facts = [
    ["Status", words.plain(event.status)],
    ["When", when(event)],
    ["Where", where(event)],
    ["People", people(event)],
    ["Said by", event.attribution],
    ["About", event.contexts?.split(",").map((word) => words.plain(word).toLowerCase()).join(", ")],
    ["CAMEO", event.cameo],
    ["Intensity", event.intensity === null || event.intensity === undefined ? null : `${event.intensity > 0 ? "+" : ""}${event.intensity}`],
  ].filter(([, value]) => value);
  const steps = (event.trace ?? "").split("\n").filter(Boolean);
  const why = h("details", { open: isOpen },
    h("summary", {}, "Why"),
    h("dl", { class: "facts" },
      h("dt", {}, "Rule"), h("dd", {}, h("code", {}, event.rule)),
      h("dt", {}, "Confidence"), h("dd", {}, h("meter", { min: 0, max: 1, value: event.confidence, "aria-label": "confidence" }), ` ${event.confidence.toFixed(2)}`),
      h("dt", {}, "Words"), h("dd", {}, h("q", {}, event.trigger))),
    h("p", { class: "quote" }, event.sentence_text),
    steps.length > 0 && h("ol", { class: "steps" }, steps.map((step) => h("li", {}, step))));
  return h("article", { class: "card", id: `event-${event.event_id}`, "data-event": number, tabindex: "-1", onmouseenter: () => show(number), onfocusin: () => show(number) },
    h("h3", {}, kind(event), " ", parties(event)),
    h("dl", { class: "facts" }, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    why);
}

/** Marks the spans of one event in a painted text. */
export function spotlight(prose, number) {
  const has = (element, name) => (element.getAttribute(name) ?? "").split(" ").includes(String(number));
  for (const element of prose.querySelectorAll("[data-start]")) {
    element.classList.toggle("lit", ["data-sentence", "data-trigger", "data-sides"].some((name) => has(element, name)));
  }
}

/** The flat rows of a record of the topic, as the warehouse has them. */
export function fromRecord(record) {
  const end = (name, party) => ({
    [`${name}_text`]: party?.text ?? null,
    [`${name}_name`]: party?.name ?? null,
    [`${name}_code`]: party?.code ?? null,
    [`${name}_sector`]: party?.sector ?? null,
    [`${name}_start`]: party?.span.start ?? null,
    [`${name}_end`]: party?.span.end ?? null,
  });
  const bytes = new TextEncoder().encode(record.story.text);
  const slice = (span) => new TextDecoder().decode(bytes.subarray(span.start, span.end));
  const events = record.events.map((event) => ({
    ...event,
    ...end("source", event.source),
    ...end("target", event.target),
    date_from: event.date?.from,
    date_to: event.date?.to,
    date_granularity: event.date?.granularity,
    date_basis: event.date?.basis,
    place_name: event.place?.name,
    place_country: event.place?.country,
    contexts: event.contexts?.join(","),
    ...event.magnitudes,
    sentence_start: event.sentence_span.start,
    sentence_end: event.sentence_span.end,
    sentence_text: slice(event.sentence_span),
    trigger_start: event.trigger_span.start,
    trigger_end: event.trigger_span.end,
    trace: event.trace?.join("\n"),
  }));
  const mentions = record.mentions.map((mention) => ({
    ...mention,
    actor_code: mention.actor?.code,
    actor_sector: mention.actor?.sector,
    place_country: mention.place?.country,
    span_start: mention.span.start,
    span_end: mention.span.end,
  }));
  return { events, mentions };
}
