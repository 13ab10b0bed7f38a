// Try it: a text or a page through cleaner and extractor; nothing is kept.
import { post } from "./api.js";
import { card, fromRecord, spotlight } from "./cards.js";
import { h, put, say } from "./dom.js";
import { paint } from "./highlight.js";
import { legend, namesTable, removed } from "./story.js";
import * as words from "./words.js";

const EXAMPLE = "Ministers of Armenia and Azerbaijan meet in Tbilisi\n\nTBILISI, Oct 7 (Example Wire) - The foreign ministers of Armenia and Azerbaijan met in Tbilisi on Tuesday for talks on a prisoner exchange. Police in Yerevan arrested 30 protesters outside parliament.";

export class TryView {
  constructor(about) {
    this.about = about;
    this.text = h("textarea", { id: "try-text", rows: 7, placeholder: "Headline, an empty line, then the story", maxlength: about.max_try_bytes });
    this.url = h("input", { id: "try-url", type: "url", placeholder: "https://…" });
    this.day = h("input", { id: "try-day", type: "date", value: new Date().toISOString().slice(0, 10) });
    this.result = h("div", { class: "result" });
    const example = h("button", { type: "button", class: "plain", onclick: () => { this.text.value = EXAMPLE; this.url.value = ""; this.text.focus(); } }, "Take an example");
    const form = h("form", { class: "panel try", onsubmit: (event) => { event.preventDefault(); this.run(); } },
      h("p", { class: "field" }, h("label", { for: "try-text" }, "Story"), this.text),
      h("p", { class: "field" }, h("label", { for: "try-url" }, "or the address of a page"), this.url),
      h("p", { class: "field" }, h("label", { for: "try-day" }, "Day of publishing, for a pasted story"), this.day),
      h("p", { class: "actions" }, (this.button = h("button", { class: "strong" }, "Clean and extract")), example));
    this.element = h("div", { class: "attempt" }, h("h1", {}, "Try it"), h("p", { class: "quiet" }, "What the cleaner and the extractor make of a story. Nothing is kept or published."), form, this.result);
  }

  enter() {
    document.title = "Try it · Dateline";
    if (!this.about.has_office) put(this.result, h("p", { class: "empty" }, "The stages are not here, only a warehouse."));
  }

  leave() {}

  async run() {
    const url = this.url.value.trim();
    const text = this.text.value;
    if (!url && !text.trim()) {
      put(this.result, h("p", { class: "empty" }, "Paste a story or give an address first."));
      this.text.focus();
      return;
    }
    this.button.disabled = true;
    put(this.result, h("p", { class: "empty" }, "Reading …"));
    try {
      this.show(await post("try", url ? { url } : { text, published: this.day.value || null }));
    } catch (error) {
      put(this.result, h("p", { class: "empty bad", role: "alert" }, error.message));
    } finally {
      this.button.disabled = false;
    }
  }

  show({ clean, events: record, refused, notes, elapsed_ms: elapsed }) {
    if (refused || !clean) {
      put(this.result, h("p", { class: "empty bad", role: "alert" }, `No story: ${refused ?? "the cleaner found none"}`));
      return;
    }
    const { events, mentions } = fromRecord(record);
    const prose = paint({ text: record.story.text, language: clean.language.code, mentions, events, storyId: null }, words);
    const cards = events.map((event, number) => card(event, number, { show: (shown) => spotlight(prose, shown), isOpen: true }));
    const none = record.not_coded ? `Not coded: ${words.plain(record.not_coded).toLowerCase()}.` : "No event was found.";
    put(this.result,
      h("div", { class: "columns" },
        h("div", {},
          h("article", { class: "panel text", "aria-label": "Clean text" },
            h("h2", { dir: "auto" }, clean.title || "No headline"), legend(), clean.dateline && h("p", { class: "dateline" }, clean.dateline.text), prose),
          mentions.length > 0 && namesTable(mentions),
          h("section", { class: "panel" }, h("h2", {}, "Cleaning"), h("p", { class: "note" }, `${words.count(clean.word_count, "word", "words")}, language ${clean.language.code} (${clean.language.confidence}), rules ${clean.profile}`), removed(clean))),
        h("div", {},
          h("section", { class: "panel cards", "aria-label": "Events" }, h("h2", {}, words.count(events.length, "event", "events")), cards.length ? cards : h("p", { class: "empty" }, none)),
          h("details", { class: "panel" }, h("summary", {}, `All ${notes.length} steps, the dropped ones too`), h("ol", { class: "steps" }, notes.map((note) => h("li", {}, `Sentence ${note.sentence}: ${note.what}`)))))),
      h("p", { class: "note" }, `Both stages took ${elapsed} ms.`));
    say(`${words.count(events.length, "event", "events")} found`);
  }
}
