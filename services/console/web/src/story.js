// Story: what it says, what was found in it, where else it stands, how it came.
import { diffWordsWithSpace } from "diff";
import { ask, on } from "./api.js";
import { card, spotlight } from "./cards.js";
import { h, outside, put } from "./dom.js";
import { nameWords, paint } from "./highlight.js";
import * as words from "./words.js";

const OPS = { insert: "first version", update: "update", correct: "correction", retract: "killed" };

export class StoryView {
  constructor(about) {
    this.about = about;
    this.element = h("div", { class: "story" });
    this.id = null;
    this.stop = on("changed", () => this.id && this.load(this.id, true));
  }

  async enter(path, query) {
    const id = path[1] ?? "";
    const event = query.get("event");
    if (id !== this.id) {
      this.id = id;
      put(this.element, h("p", { class: "empty" }, "Loading …"));
      await this.load(id, false);
    }
    if (event) this.focusOn(event);
  }

  leave() {
    this.id = null;
  }

  focusOn(event) {
    const found = document.getElementById(`event-${event}`);
    if (!found) return;
    found.querySelector("details").open = true;
    found.focus({ preventScroll: true });
    found.scrollIntoView({ block: "nearest" });
    const lit = this.element.querySelector(".prose .lit.trigger");
    if (lit && lit.getBoundingClientRect().top > innerHeight) lit.scrollIntoView({ block: "center" });
  }

  async load(id, isAgain) {
    let page;
    try {
      page = await ask(`stories/${encodeURIComponent(id)}`);
    } catch (error) {
      if (!isAgain) put(this.element, h("h1", {}, "No such story"), h("p", { class: "empty" }, error.message));
      return;
    }
    if (id !== this.id) return;
    if (isAgain && page.changes.length === this.versions) return;
    this.versions = page.changes.length;
    document.title = `${page.story.title ?? "Killed story"} · Dateline`;
    this.show(page);
    if (!this.about.has_office) return;
    try {
      const way = await ask(`stories/${encodeURIComponent(id)}/way`);
      if (id === this.id) this.showWay(way, page);
    } catch (error) {
      put(this.way, h("p", { class: "empty" }, error.message));
    }
  }

  show(page) {
    const { story, events, mentions } = page;
    const isKilled = story.text === null;
    const prose = isKilled
      ? h("p", { class: "empty killed" }, h("b", {}, "This story was taken back."), " Its words, names and events are gone from here; only its versions are listed.")
      : paint({ text: story.text, language: story.language, mentions, events, storyId: story.story_id }, words);
    const show = (number) => spotlight(prose, number);
    const cards = events.map((event, number) => card(event, number, { show, isOpen: false }));
    const none = isKilled ? "None: the story was taken back." : story.not_coded ? `Not coded: ${words.plain(story.not_coded).toLowerCase()}.` : "No event was found in this story.";
    this.revisions = h("section", { class: "panel", "aria-label": "Versions" }, h("h2", {}, "Versions"), versionsTable(page.changes));
    this.way = h("section", { class: "panel", "aria-label": "Way" }, h("h2", {}, "Way through the stages"), h("p", { class: "empty" }, this.about.has_office ? "Loading …" : "There are no topics here, only the warehouse."));
    this.origin = h("section", { class: "panel", "aria-label": "As it arrived" });
    this.origin.hidden = true;
    put(this.element,
      head(story),
      h("div", { class: "columns" },
        h("div", {},
          h("article", { class: "panel text", "aria-label": "Text" }, !isKilled && legend(), story.dateline && h("p", { class: "dateline" }, story.dateline), prose),
          mentions.length > 0 && namesTable(mentions),
          this.origin),
        h("div", {},
          h("section", { class: "panel cards", "aria-label": "Events" }, h("h2", {}, words.count(events.length, "event", "events")), cards.length ? cards : h("p", { class: "empty" }, none)),
          elsewhere(page),
          this.revisions,
          this.way)));
  }

  showWay(way, page) {
    put(this.way, h("h2", {}, "Way through the stages"), stops(way.stops));
    const said = way.versions.filter((version) => version.clean);
    if (said.length > 1) this.revisions.append(...diffs(said));
    const last = way.versions.filter((version) => version.raw).at(-1);
    if (!last || page.story.text === null) return;
    this.origin.hidden = false;
    put(this.origin, h("h2", {}, "As it arrived"), removed(last.clean), payload(last));
  }
}

function head(story) {
  const facts = [
    ["Source", story.source_id],
    ["Published", words.time(story.published_at)],
    ["Received", words.exact(story.fetched_at)],
    ["Language", story.language],
    ["Words", story.word_count.toLocaleString("en")],
  ];
  const marks = [story.status !== "usable" && words.plain(story.status), story.signal !== "new" && words.plain(story.signal)].filter(Boolean);
  return h("header", { class: "headline" },
    h("p", { class: "crumb" }, h("a", { href: "#/events" }, "Events"), " / story"),
    h("h1", { dir: "auto" }, story.title ?? "Killed story", marks.map((mark) => h("span", { class: "mark" }, mark))),
    h("ul", { class: "line" }, facts.map(([name, value]) => h("li", {}, h("span", { class: "quiet" }, `${name} `), value)),
      story.url && h("li", {}, outside(story.url, "Original")),
      h("li", {}, h("span", { class: "quiet" }, "Id "), h("code", {}, story.story_id))));
}

export function legend() {
  return h("p", { class: "legend" }, ["person", "organization", "place", "group"].map((kind) => h("span", { class: `name ${kind}` }, kind === "organization" ? "organisation" : kind)), h("span", { class: "trigger" }, "event"), h("span", { class: "told" }, "its sentence"));
}

export function namesTable(mentions) {
  const seen = new Map();
  for (const mention of mentions) {
    const key = `${mention.kind} ${mention.name ?? mention.text}`;
    const known = seen.get(key) ?? { mention, count: 0 };
    known.count += 1;
    seen.set(key, known);
  }
  const rows = [...seen.values()].sort((a, b) => b.count - a.count);
  return h("details", { class: "panel names" },
    h("summary", {}, h("h2", {}, words.count(rows.length, "name", "names"))),
    h("table", {}, h("thead", {}, h("tr", {}, ["Name", "What it is", "Times"].map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows.map(({ mention, count }) => h("tr", {}, h("td", {}, mention.text), h("td", {}, nameWords(mention, words)), h("td", {}, count))))));
}

function elsewhere(page) {
  const others = page.cluster.filter((outlet) => outlet.story_id !== page.story.story_id);
  const known = new Set(others.map((outlet) => outlet.story_id));
  const kinds = new Map(page.relations.map((relation) => [relation.story_id, relation]));
  const related = page.relations.filter((relation) => !known.has(relation.story_id));
  if (!others.length && !related.length) return null;
  const why = (relation) => relation && h("span", { class: "quiet" }, ` ${relation.kind}, ${Math.round(relation.similarity * 100)} % alike, ${relation.is_earlier ? "earlier" : "later"}`);
  const link = (id, title) => h("a", { href: `#/story/${id}`, dir: "auto" }, title ?? id);
  return h("section", { class: "panel", "aria-label": "Republished" },
    h("h2", {}, "Republished"),
    h("ul", { class: "rows" },
      others.map((outlet) => h("li", {}, link(outlet.story_id, outlet.title), h("span", { class: "meta" }, outlet.provider, " · ", words.time(outlet.published_at ?? outlet.fetched_at), why(kinds.get(outlet.story_id))))),
      related.map((relation) => h("li", {}, link(relation.story_id, relation.title), h("span", { class: "meta" }, relation.source_id ?? "taken back", why(relation))))));
}

function versionsTable(changes) {
  return h("table", {}, h("thead", {}, h("tr", {}, ["Version", "What", "Events", "Written"].map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, changes.map((change) => h("tr", { class: change.op === "retract" ? "killed" : null }, h("td", {}, h("code", {}, change.revision)), h("td", {}, OPS[change.op] ?? change.op), h("td", {}, change.events), h("td", {}, words.exact(change.ingested_at))))));
}

function diffs(versions) {
  return versions.slice(1).map((version, at) => {
    const [before, after] = [versions[at].clean, version.clean];
    const changed = (name) => before[name] !== after[name];
    const words_ = (name) => diffWordsWithSpace(before[name], after[name], { timeout: 1500 }) ?? [{ removed: true, value: before[name] }, { added: true, value: after[name] }];
    const parts = (name) => words_(name).map((part) => (part.added ? h("ins", {}, part.value) : part.removed ? h("del", {}, part.value) : part.value.length > 320 ? `${part.value.slice(0, 140)} … ${part.value.slice(-140)}` : part.value));
    const same = !changed("title") && !changed("text");
    return h("details", { class: "diff", open: at === versions.length - 2 },
      h("summary", {}, "What changed with version ", h("code", {}, version.revision)),
      same && h("p", { class: "empty" }, "No words changed."),
      changed("title") && h("p", { class: "prose", dir: "auto" }, h("b", {}, parts("title"))),
      changed("text") && h("div", { class: "prose", dir: "auto" }, parts("text")));
  });
}

function stops(found) {
  if (!found.length) return h("p", { class: "empty" }, "The topics no longer have it.");
  let trace = null;
  let start = 0;
  const rows = [];
  for (const stop of found) {
    const at = new Date(stop.written_at).getTime();
    if (stop.trace_id !== trace) {
      trace = stop.trace_id;
      start = at;
      rows.push(h("tr", { class: "trace" }, h("th", { colspan: 3, scope: "rowgroup" }, words.exact(stop.written_at), " ", h("code", {}, trace))));
    }
    const waits = stop.readers.filter((reader) => reader.state === "waiting").map((reader) => `waits for ${reader.service}`);
    rows.push(h("tr", {}, h("td", { class: "number" }, `+${words.span(at - start)}`), h("td", {}, stop.service), h("td", {}, h("span", { class: "quiet" }, stop.topic.replace(/^dateline\.|\.v1$/g, "")), " ", stop.facts, waits.length > 0 && h("b", {}, ` ${waits.join(", ")}`))));
  }
  return h("table", { class: "way" }, h("thead", { class: "unseen" }, h("tr", {}, ["After", "Stage", "Record"].map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, rows));
}

export function removed(clean) {
  const pieces = clean?.removed ?? [];
  return h("details", {}, h("summary", {}, `What the cleaner removed: ${words.count(pieces.length, "piece", "pieces")}`),
    pieces.length ? h("ul", { class: "rows removed" }, pieces.map((piece) => h("li", {}, h("code", {}, piece.reason), " ", h("span", { dir: "auto" }, piece.text)))) : h("p", { class: "empty" }, "Nothing."));
}

function payload(version) {
  const { raw, raw_bytes: bytes } = version;
  const text = raw.body.text;
  const shown = text === undefined ? `${bytes.toLocaleString("en")} bytes that are no UTF-8 (${raw.charset?.name ?? "charset unknown"})` : text;
  const size = text !== undefined && new TextEncoder().encode(text).length;
  const cut = size && size < bytes ? `, the first ${size.toLocaleString("en")} shown` : "";
  return h("details", {}, h("summary", {}, `Payload: ${raw.format}, ${bytes.toLocaleString("en")} bytes${cut}`), h("pre", { tabindex: "0", "aria-label": "Payload" }, shown));
}
