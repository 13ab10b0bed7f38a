// Flow: the stages as they are, the sources, the dead letters.
import { ask, on, post } from "./api.js";
import { h, put, say } from "./dom.js";
import * as words from "./words.js";

const MAIN = ["fetcher", "cleaner", "entity-extractor", "sink"];
const BESIDE = ["cluster", "profiles"];
const DOES = { fetcher: "brings stories in", cleaner: "keeps the story only", "entity-extractor": "finds names and events", sink: "writes the warehouse", cluster: "finds what is republished", profiles: "learns each site's furniture" };
/** A record that waits for longer is late. */
const LATE_MS = 5000;
const TOKEN = "dateline-token";

export class FlowView {
  constructor(about) {
    this.about = about;
    this.boxes = h("ol", { class: "boxes", "aria-label": "Stages in the order in which a story meets them" });
    this.sources = h("section", { class: "panel", "aria-label": "Sources" });
    this.list = h("div");
    this.codes = h("ul", { class: "chips", "aria-label": "Codes" });
    this.code = "";
    this.chosen = new Set();
    this.token = h("input", { type: "password", id: "token", autocomplete: "off", value: sessionStorage.getItem(TOKEN) ?? "", onchange: (event) => sessionStorage.setItem(TOKEN, event.target.value.trim()) });
    this.dialog = h("dialog", { "aria-labelledby": "letter-title" });
    this.answer = h("p", { class: "note", role: "status" });
    const act = (verb, word) => h("button", { type: "button", "data-act": verb, onclick: () => this.act(verb) }, word);
    this.letters = h("section", { class: "panel", "aria-label": "Dead letters" },
      h("h2", {}, "Dead letters"),
      h("p", { class: "quiet" }, "Records that a stage could not handle, with their bytes untouched. Looking into them and sending them back wants the token in ", h("code", {}, about.token_place), "."),
      h("div", { class: "actions" }, h("label", { for: "token" }, "Token"), this.token, act("replay", "Replay chosen"), act("drop", "Drop chosen")),
      this.answer, this.codes, this.list);
    this.element = h("div", { class: "flow" }, h("h1", {}, "Flow"), this.boxes, this.letters, this.sources, this.dialog);
    on("flow", (sample) => this.isShown && this.show(sample));
  }

  async enter() {
    document.title = "Flow · Dateline";
    this.isShown = true;
    if (!this.about.has_office) {
      put(this.element, h("h1", {}, "Flow"), h("p", { class: "empty" }, "There are no topics here, only a warehouse. Give --data-dir or --config of the system that runs."));
      return;
    }
    this.timer = setInterval(() => this.loadSources(), 10000);
    await Promise.all([ask("flow").then((sample) => this.show(sample)), this.loadSources(), this.loadLetters()]).catch((error) => say(error.message));
  }

  leave() {
    this.isShown = false;
    clearInterval(this.timer);
  }

  show(sample) {
    const given = sample.stages.reduce((sum, row) => sum + row.dead_letters, 0);
    if (this.given !== undefined && given !== this.given) this.loadLetters();
    this.given = given;
    const stages = new Map();
    for (const row of sample.stages) {
      const known = stages.get(row.stage);
      if (!known) stages.set(row.stage, { ...row });
      else {
        known.rate_per_s = known.rate_per_s === null ? null : known.rate_per_s + row.rate_per_s;
        known.lag += row.lag;
        known.oldest_ms = Math.max(known.oldest_ms ?? 0, row.oldest_ms ?? 0) || null;
      }
    }
    const box = (name) => stages.has(name) && this.box(stages.get(name), BESIDE.includes(name));
    put(this.boxes, MAIN.map(box), BESIDE.map(box));
  }

  box(stage, isBeside) {
    const isLate = (stage.oldest_ms ?? 0) > LATE_MS;
    const fact = (name, value, isBad) => [h("dt", {}, name), h("dd", { class: isBad ? "bad" : null }, value)];
    return h("li", { class: `box${isBeside ? " beside" : ""}`, "data-stage": stage.stage },
      h("h2", {}, words.plain(stage.stage)), h("p", { class: "quiet" }, DOES[stage.stage]),
      h("dl", {}, fact("Records/s", stage.rate_per_s === null ? "–" : stage.rate_per_s.toFixed(1)), fact("Waiting", stage.lag.toLocaleString("en"), isLate), fact("Oldest", stage.oldest_ms === null ? "–" : words.span(stage.oldest_ms), isLate), fact("Errors, 1 h", stage.dead_letters, stage.dead_letters > 0)));
  }

  async loadSources() {
    const rows = await ask("sources").catch(() => []);
    const head = ["Source", "Kind", "Health", "Last story", "Next poll", "Items a day"];
    const health = (row) => (row.conditions.length ? h("span", { class: "bad" }, row.conditions.map(words.plain).join(", ")) : h("span", { class: "good" }, "ok"));
    const line = (row) => h("tr", {}, h("th", { scope: "row" }, row.source_id), h("td", {}, row.kind), h("td", {}, health(row), row.last_error && h("p", { class: "quiet" }, row.last_error), row.moved_to && h("p", { class: "quiet" }, `moved to ${row.moved_to}`)), h("td", {}, words.ago(row.last_story_at)), h("td", {}, words.ago(row.next_poll_at)), h("td", {}, row.items_a_day.toFixed(1)));
    const isIll = (row) => (row.conditions.length ? 0 : 1);
    rows.sort((a, b) => isIll(a) - isIll(b) || a.source_id.localeCompare(b.source_id));
    put(this.sources, h("h2", {}, words.count(rows.length, "source", "sources")),
      rows.length ? h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Table of sources" }, h("table", {}, h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, rows.map(line)))) : h("p", { class: "empty" }, "No sources are published here."));
  }

  async loadLetters() {
    const rows = await ask("letters").catch(() => []);
    const tally = new Map();
    for (const row of rows) tally.set(row.code, (tally.get(row.code) ?? 0) + 1);
    const ids = new Set(rows.map((row) => row.letter));
    this.chosen = new Set([...this.chosen].filter((id) => ids.has(id)));
    put(this.codes, [...tally].map(([code, number]) => h("li", {}, h("button", { type: "button", "aria-pressed": String(code === this.code), onclick: () => this.choose(code) }, words.plain(code), h("span", {}, number)))));
    const shown = rows.filter((row) => !this.code || row.code === this.code);
    const head = ["", "Given up", "Stage", "Code", "Why", ""];
    put(this.list, rows.length ? h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Table of dead letters" }, h("table", {}, h("thead", {}, h("tr", {}, head.map((text) => (text ? h("th", { scope: "col" }, text) : h("td", {}))))), h("tbody", {}, shown.map((row) => this.letter(row))))) : h("p", { class: "empty" }, "None. Nothing was given up, or all was dealt with."));
    this.count();
  }

  choose(code) {
    this.code = code === this.code ? "" : code;
    this.loadLetters();
  }

  letter(row) {
    const pick = (event) => {
      if (event.target.checked) this.chosen.add(row.letter);
      else this.chosen.delete(row.letter);
      this.count();
    };
    const box = h("input", { type: "checkbox", "aria-label": `Choose letter ${row.letter}`, onchange: pick, checked: this.chosen.has(row.letter) });
    const view = h("button", { type: "button", class: "plain", "aria-label": `View letter ${row.letter}`, onclick: () => this.view(row.letter) }, "View");
    return h("tr", { "data-letter": row.letter }, h("td", {}, box), h("td", {}, h("time", { datetime: row.dead_at }, words.ago(row.dead_at))), h("td", {}, row.stage), h("td", {}, h("code", {}, row.code)), h("td", { class: "why" }, row.what, row.source_id && h("p", { class: "quiet" }, row.source_id)), h("td", {}, view));
  }

  count() {
    for (const button of this.letters.querySelectorAll("[data-act]")) button.disabled = this.chosen.size === 0;
  }

  async view(id) {
    try {
      const letter = await ask(`letters/${id}`, {}, { headers: { authorization: `Bearer ${this.token.value.trim()}` } });
      const bytes = letter.value?.text ?? letter.value?.base64 ?? "";
      const facts = { Stage: letter.stage, Code: letter.code, Why: letter.what, "Read at": `${letter.origin.topic} ${letter.origin.partition}@${letter.origin.offset}`, Tries: letter.attempts, "Given up": words.exact(letter.dead_at), ...letter.details };
      put(this.dialog, h("h2", { id: "letter-title" }, `Letter ${id}`), h("dl", { class: "facts" }, Object.entries(facts).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])), h("pre", { tabindex: "0", "aria-label": "Record" }, bytes.slice(0, 100000)), h("form", { method: "dialog" }, h("button", {}, "Close")));
      this.dialog.showModal();
    } catch (error) {
      this.tell(error.message);
    }
  }

  async act(verb) {
    const letters = [...this.chosen];
    try {
      const { done, left } = await post(`letters/${verb}`, { letters }, this.token.value.trim());
      const stay = Object.entries(left).map(([id, why]) => `${id} stays: ${why}`);
      this.chosen.clear();
      await this.loadLetters();
      this.tell([`${words.count(done, "letter", "letters")} ${verb === "replay" ? "sent back" : "dropped"}.`, ...stay].join(" "));
    } catch (error) {
      this.tell(error.message);
    }
  }

  tell(text) {
    this.answer.textContent = text;
  }
}
