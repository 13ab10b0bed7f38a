// Events: filters, map, time line and table.
import { ask, on } from "./api.js";
import { kind, parties } from "./cards.js";
import { h, put, say } from "./dom.js";
import { WorldMap } from "./map.js";
import { TimeLine } from "./timeline.js";
import * as words from "./words.js";

/** Events that map and time line show. */
const SHOWN = 1000;
const PAGE = 50;
const FIELDS = ["type", "quad", "status", "country", "actor", "source", "from", "to", "text"];

/** A page of events; where one question does not look back far enough, some more. */
async function gather(filter, limit, before, most) {
  const page = await ask("events", { ...filter, limit, before });
  while (page.looked_back_to && page.next && page.events.length < limit && --most > 0) {
    const more = await ask("events", { ...filter, limit: limit - page.events.length, before: page.next });
    page.events.push(...more.events);
    Object.assign(page, { next: more.next, looked_back_to: more.looked_back_to });
  }
  return page;
}

export class EventsView {
  constructor(about) {
    this.about = about;
    this.filter = {};
    this.rows = [];
    this.next = null;
    this.asked = 0;
    this.map = new WorldMap((country) => this.change({ country }));
    this.line = new TimeLine((from, to) => this.change({ from, to }));
    this.body = h("tbody");
    this.more = h("button", { type: "button", class: "more", onclick: () => this.load(true) }, "Earlier events");
    this.note = h("p", { class: "note", id: "note" });
    this.lists = Object.fromEntries(["actors", "sources"].map((name) => [name, h("datalist", { id: name })]));
    this.form = this.makeForm();
    this.element = h("div", { class: "events" },
      h("h1", { class: "unseen" }, "Events"),
      this.form,
      h("div", { class: "columns" },
        h("div", { class: "pictures" }, this.map.element, this.line.element, this.note),
        h("section", { class: "panel list", "aria-label": "Events, the latest first" },
          h("table", {}, h("colgroup", {}, h("col", { class: "when" }), h("col")), h("thead", { class: "unseen" }, h("tr", {}, h("th", { scope: "col" }, "Told"), h("th", { scope: "col" }, "Event"))), this.body),
          this.more)));
    this.stop = on("changed", () => this.renew());
  }

  makeForm() {
    const option = ([value, text]) => h("option", { value }, text);
    const select = (name, label, options) => field(name, label, h("select", { id: `f-${name}`, name }, option(["", "any"]), options.map(option)));
    const input = (name, label, more) => field(name, label, h("input", { id: `f-${name}`, name, autocomplete: "off", ...more }));
    const clear = h("button", { type: "button", class: "plain", onclick: () => this.go({}) }, "Clear");
    const countries = h("datalist", { id: "countries" }, words.countries.map(([, name]) => h("option", { value: name })));
    const form = h("form", { class: "filters", role: "search", "aria-label": "Filter events" },
      input("text", "Words", { type: "search", placeholder: "any words" }),
      select("type", "Type", this.about.types.map(({ type }) => [type, words.plain(type)])),
      select("quad", "Class", this.about.quads.map((quad) => [quad, words.QUADS[quad]])),
      input("country", "Country", { list: "countries", placeholder: "any" }),
      input("actor", "Actor", { list: "actors", placeholder: "any" }),
      input("source", "Source", { list: "sources", placeholder: "any" }),
      select("status", "Status", this.about.statuses.map((status) => [status, words.plain(status)])),
      input("from", "From", { type: "date" }),
      input("to", "To", { type: "date" }),
      clear, countries, Object.values(this.lists));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", () => this.go(this.read()));
    let typing = 0;
    form.addEventListener("input", (event) => {
      if (event.target.type !== "search") return;
      clearTimeout(typing);
      typing = setTimeout(() => this.go(this.read()), 350);
    });
    return form;
  }

  read() {
    const given = Object.fromEntries(new FormData(this.form));
    if (given.country) given.country = words.countryCode(given.country);
    return given;
  }

  change(part) {
    this.go({ ...this.filter, ...part });
  }

  /** The address holds the filter, so that it can be sent to somebody. */
  go(filter) {
    const query = new URLSearchParams(FIELDS.filter((name) => filter[name]).map((name) => [name, filter[name]]));
    const text = query.toString();
    location.hash = `#/events${text ? `?${text}` : ""}`;
  }

  /** Shows what an address asks for. */
  enter(_path, query) {
    this.filter = Object.fromEntries(FIELDS.map((name) => [name, query.get(name) ?? ""]));
    for (const name of FIELDS) {
      const field = this.form.elements[name];
      const value = name === "country" && this.filter[name] ? words.country(this.filter[name]) : this.filter[name];
      if (field && document.activeElement !== field) field.value = value;
    }
    document.title = "Events · Dateline";
    return this.load(false);
  }

  leave() {}

  async load(isMore) {
    const asked = ++this.asked;
    const questions = [gather(this.filter, PAGE, isMore ? this.next : "", 10)];
    if (!isMore) questions.push(gather(this.filter, SHOWN, "", 4));
    let page, all;
    try {
      [page, all] = await Promise.all(questions);
    } catch (error) {
      if (asked === this.asked) this.fail(error);
      return;
    }
    if (asked !== this.asked) return;
    this.rows = isMore ? [...this.rows, ...page.events] : page.events;
    this.next = page.next ?? null;
    this.show(page, new Set());
    if (all) this.picture(all);
    if (isMore) say(`${page.events.length} more events`);
  }

  /** What has come meanwhile; who reads further down is not disturbed. */
  async renew() {
    const known = new Set(this.rows.map((row) => row.event_id));
    const asked = ++this.asked;
    try {
      const [page, all] = await Promise.all([ask("events", { ...this.filter, limit: Math.max(PAGE, Math.min(this.rows.length, 500)) }), ask("events", { ...this.filter, limit: SHOWN })]);
      if (asked !== this.asked) return;
      const fresh = new Set(page.events.filter((row) => !known.has(row.event_id)).map((row) => row.event_id));
      this.rows = page.events;
      this.next = page.next ?? null;
      this.show(page, fresh);
      this.picture(all);
      if (fresh.size) say(words.count(fresh.size, "new event", "new events"));
    } catch {
      // The stream tells again with the next change.
    }
  }

  fail(error) {
    const text = this.about.has_warehouse ? error.message : "There is no warehouse yet. It comes with the first stories.";
    put(this.body, h("tr", {}, h("td", { colspan: 2, class: "empty" }, text)));
    this.more.hidden = true;
    this.map.show([], "");
    this.line.show([]);
  }

  show(page, fresh) {
    const isFiltered = FIELDS.some((name) => this.filter[name]);
    const none = page.looked_back_to ? `None found back to ${words.time(page.looked_back_to)}.` : isFiltered ? "No event fits these filters." : "No events yet. They appear here as stories come in.";
    const rows = this.rows.length ? this.rows.map((event) => row(event, fresh.has(event.event_id))) : [h("tr", {}, h("td", { colspan: 2, class: "empty" }, none))];
    put(this.body, rows);
    this.more.hidden = !this.next;
    this.more.textContent = page.looked_back_to ? `Look further back than ${words.short(page.looked_back_to)}` : "Earlier events";
  }

  picture(all) {
    this.map.show(all.events, this.filter.country);
    this.line.show(all.events);
    const shown = all.next ? `The latest ${words.count(all.events.length, "event", "events")} that fit` : words.count(all.events.length, "event", "events");
    const placed = all.events.filter((event) => event.latitude !== null).length;
    this.note.textContent = `${shown}; ${placed.toLocaleString("en")} with a place on the map.`;
    const actors = new Set(all.events.flatMap((event) => [event.source_name, event.target_name]).filter(Boolean));
    const sources = new Set(all.events.map((event) => event.source_id));
    const options = (values) => [...values].sort().slice(0, 200).map((value) => h("option", { value }));
    put(this.lists.actors, options(actors));
    put(this.lists.sources, options(sources));
  }
}

function field(name, label, control) {
  return h("p", { class: `field ${name}` }, h("label", { for: `f-${name}` }, label), control);
}

function row(event, isFresh) {
  const place = [event.place_name, event.place_country && event.place_country !== event.place_name && words.country(event.place_country)].filter(Boolean);
  const where = [...new Set(place)].join(", ");
  const state = event.status === "actual" ? null : h("span", { class: "state" }, words.plain(event.status).toLowerCase());
  return h("tr", { class: isFresh ? "fresh" : null, "data-event": event.event_id },
    h("td", { class: "told" }, h("time", { datetime: event.told_at, title: words.time(event.told_at) }, words.short(event.told_at))),
    h("td", {},
      h("a", { class: "head", href: `#/story/${event.story_id}?event=${event.event_id}` }, kind(event), " ", parties(event)), " ", state,
      h("p", { class: "sentence", dir: "auto" }, event.sentence_text),
      h("p", { class: "meta" }, where && h("span", { class: "where" }, where), h("span", {}, event.source_id), event.title && h("span", { class: "title", dir: "auto" }, event.title))));
}
