// A text with spans shown in it. Spans are bytes of its UTF-8, as records have them.
import { h } from "./dom.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The text as pieces, each within the same spans.
 * @param {string} text
 * @param {{start: number, end: number}[]} spans
 */
export function pieces(text, spans) {
  const bytes = encoder.encode(text);
  const edges = new Set([0, bytes.length]);
  for (const { start, end } of spans) {
    edges.add(Math.min(start, bytes.length));
    edges.add(Math.min(end, bytes.length));
  }
  const sorted = [...edges].sort((a, b) => a - b);
  const found = [];
  for (let at = 0; at + 1 < sorted.length; at++) {
    const [start, end] = [sorted[at], sorted[at + 1]];
    const over = spans.filter((span) => span.start <= start && span.end >= end);
    found.push({ text: decoder.decode(bytes.subarray(start, end)), over, start, end });
  }
  return found;
}

/** What a name is, in a few words. */
export function nameWords(mention, words) {
  const kind = { person: "person", organization: "organisation", place: "place", group: "group" }[mention.kind] ?? "name";
  const known = [mention.name, words.code(mention.actor_code, mention.actor_sector), mention.place_country && words.country(mention.place_country)];
  return [kind, ...known.filter(Boolean)].join(" · ");
}

/** The story's text with names, sides, triggers and sentences. */
export function paint({ text, language, mentions, events, storyId }, words) {
  const spans = [];
  mentions.forEach((mention, number) => {
    spans.push({ kind: "name", start: mention.span_start, end: mention.span_end, mention, number });
  });
  events.forEach((event, number) => {
    const add = (kind, start, end) => {
      if (start !== null && start !== undefined && end > start) spans.push({ kind, start, end, event, number });
    };
    add("sentence", event.sentence_start, event.sentence_end);
    add("trigger", event.trigger_start, event.trigger_end);
    add("source", event.source_start, event.source_end);
    add("target", event.target_start, event.target_end);
  });
  const shown = pieces(text, spans).map((piece) => show(piece, storyId, words));
  return h("div", { class: "prose", lang: language, dir: "auto" }, shown);
}

function show(piece, storyId, words) {
  const of = (kind) => piece.over.filter((span) => span.kind === kind);
  const [name] = of("name").sort((a, b) => a.end - a.start - (b.end - b.start));
  const [trigger] = of("trigger");
  const classes = [];
  if (of("sentence").length) classes.push("told");
  if (of("source").length || of("target").length) classes.push("side");
  if (name) classes.push("name", name.mention.kind ?? "");
  if (trigger) classes.push("trigger", trigger.event.quad ?? "");
  if (!classes.length) return piece.text;
  const numbers = (...kinds) => kinds.flatMap((kind) => of(kind).map((span) => span.number)).join(" ") || null;
  const attributes = {
    class: classes.filter(Boolean).join(" "),
    "data-start": piece.start,
    "data-end": piece.end,
    "data-name": name ? name.number : null,
    "data-trigger": numbers("trigger"),
    "data-sentence": numbers("sentence"),
    "data-sides": numbers("source", "target"),
    title: [trigger && `${words.plain(trigger.event.type)}: ${trigger.event.rule}`, name && nameWords(name.mention, words)].filter(Boolean).join("\n") || null,
  };
  if (trigger && storyId) {
    return h("a", { ...attributes, href: `#/story/${storyId}?event=${trigger.event.event_id}` }, piece.text);
  }
  const mention = name?.mention;
  if (mention?.actor_code) return h("a", { ...attributes, href: `#/events?actor=${encodeURIComponent(mention.actor_code)}` }, piece.text);
  if (mention?.place_country) return h("a", { ...attributes, href: `#/events?country=${mention.place_country}` }, piece.text);
  return h("span", attributes, piece.text);
}
