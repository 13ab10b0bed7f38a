// How many events were told when: a bar for each hour, day, week or month.
import { h, put, s } from "./dom.js";
import * as words from "./words.js";

const HOUR = 3600000;
const STEPS = [HOUR, 6 * HOUR, 24 * HOUR, 7 * 24 * HOUR, 30 * 24 * HOUR, 365 * 24 * HOUR];
const WIDTH = 960;
const HEIGHT = 110;

export class TimeLine {
  constructor(choose) {
    this.choose = choose;
    this.svg = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT + 26}`, role: "img", class: "bars" });
    this.element = h("section", { class: "panel", "aria-label": "Time line" }, this.svg, h("p", { class: "legend" }, h("span", { class: "key cooperation" }, "cooperation"), h("span", { class: "key conflict" }, "conflict"), h("span", {}, "told on, UTC")));
  }

  show(events) {
    const times = events.map((event) => new Date(event.told_at).getTime());
    if (!times.length) {
      this.svg.setAttribute("aria-label", "Time line: no events");
      put(this.svg, s("text", { x: WIDTH / 2, y: HEIGHT / 2, class: "none" }, "no events to show"));
      return;
    }
    const first = times.reduce((a, b) => Math.min(a, b));
    const last = times.reduce((a, b) => Math.max(a, b));
    const step = STEPS.find((size) => (last - first) / size <= 48) ?? STEPS.at(-1);
    const begin = Math.floor(first / step) * step;
    const number = Math.max(12, Math.floor((last - begin) / step) + 1);
    const bins = Array.from({ length: number }, (_, at) => ({ at: begin + at * step, conflict: 0, cooperation: 0 }));
    events.forEach((event, at) => {
      const bin = bins[Math.floor((times[at] - begin) / step)];
      bin[event.quad?.endsWith("conflict") ? "conflict" : "cooperation"] += 1;
    });
    this.svg.setAttribute("aria-label", `Time line: ${words.count(events.length, "event", "events")} from ${words.longDay(first)} to ${words.longDay(last)}`);
    this.paint(bins, step);
  }

  paint(bins, step) {
    const highest = Math.max(...bins.map((bin) => bin.conflict + bin.cooperation));
    const width = WIDTH / bins.length;
    const bars = bins.map((bin, at) => {
      const total = bin.conflict + bin.cooperation;
      const tall = (part) => (HEIGHT * part) / highest;
      const bar = (part, from, kind) => s("rect", { x: (at * width + 1).toFixed(1), y: (HEIGHT - tall(from + part)).toFixed(1), width: Math.min(width - 2, 64).toFixed(1), height: tall(part).toFixed(1), class: kind });
      const end = new Date(bin.at + Math.max(step, 24 * HOUR) - 1);
      const choose = total && (() => this.choose(new Date(bin.at).toISOString().slice(0, 10), end.toISOString().slice(0, 10)));
      return s("g", { class: "bin", onclick: choose || null }, s("title", {}, `${label(bin.at, step)}: ${total}`), bar(bin.cooperation, 0, "cooperation"), bar(bin.conflict, bin.cooperation, "conflict"));
    });
    const every = Math.ceil(bins.length / 6);
    // A mark near the end would be cut.
    const marks = bins.map((bin, at) => at % every === 0 && at * width < WIDTH - 110 && s("text", { x: (at * width + 2).toFixed(1), y: HEIGHT + 20 }, label(bin.at, step)));
    put(this.svg, s("line", { x1: 0, x2: WIDTH, y1: HEIGHT + 0.5, y2: HEIGHT + 0.5 }), bars, marks);
  }
}

function label(at, step) {
  if (step < 24 * HOUR) return `${words.dayOf(at)} ${words.hourOf(at)}`;
  return step >= 30 * 24 * HOUR ? words.longDay(at) : words.dayOf(at);
}
