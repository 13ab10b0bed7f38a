// The world with the latest events on it.
import { geoGraticule10, geoNaturalEarth1, geoPath, geoCentroid } from "d3-geo";
import { feature } from "topojson-client";
import { h, put, s } from "./dom.js";
import * as words from "./words.js";

const WIDTH = 960;
const HEIGHT = 470;

let shapes = null;

/** The countries' shapes, loaded once. */
async function load() {
  if (!shapes) {
    const world = await (await fetch("/world.json")).json();
    shapes = feature(world, world.objects.countries).features.filter((shape) => shape.id !== "ATA");
  }
  return shapes;
}

/** A map that shows events and tells which country is chosen. */
export class WorldMap {
  constructor(choose) {
    this.choose = choose;
    this.events = [];
    this.country = "";
    this.zoom = 1;
    this.svg = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", class: "world" });
    this.places = h("ul", { class: "chips", "aria-label": "Countries with the most of these events" });
    const button = (text, label, factor) => h("button", { type: "button", "aria-label": label, onclick: () => this.magnify(factor) }, text);
    const zoom = h("div", { class: "zoom" }, button("+", "Zoom in", 1.6), button("−", "Zoom out", 1 / 1.6));
    this.element = h("section", { class: "panel map", "aria-label": "Map" }, h("div", { class: "frame" }, this.svg, zoom), this.places);
    load().then(() => this.draw());
  }

  magnify(factor) {
    this.zoom = Math.min(12, Math.max(1, this.zoom * factor));
    this.draw();
  }

  show(events, country) {
    if (country !== this.country) this.zoom = country ? 4 : 1;
    this.events = events;
    this.country = country;
    this.draw();
  }

  projection() {
    const sphere = { type: "Sphere" };
    const projection = geoNaturalEarth1().fitExtent([[4, 4], [WIDTH - 4, HEIGHT - 4]], sphere);
    if (this.zoom > 1) {
      const shape = shapes.find((known) => known.id === this.country);
      const middle = shape ? geoCentroid(shape) : this.middle();
      projection.rotate([-middle[0], 0]).scale(projection.scale() * this.zoom);
      const [, y] = projection(middle);
      const [x0, y0] = projection.translate();
      projection.translate([x0, y0 + HEIGHT / 2 - y]);
    }
    return projection;
  }

  /** Where most of the events are. */
  middle() {
    const [place] = this.grouped();
    return place ? [place.longitude, place.latitude] : [10, 30];
  }

  grouped() {
    const places = new Map();
    for (const event of this.events) {
      if (event.latitude === null || event.longitude === null) continue;
      const key = `${event.latitude.toFixed(1)} ${event.longitude.toFixed(1)}`;
      const place = places.get(key) ?? { ...event, count: 0, conflict: 0 };
      place.count += 1;
      place.conflict += event.quad?.endsWith("conflict") ? 1 : 0;
      places.set(key, place);
    }
    return [...places.values()].sort((a, b) => b.count - a.count);
  }

  draw() {
    const tally = new Map();
    for (const { place_country: code } of this.events) if (code) tally.set(code, (tally.get(code) ?? 0) + 1);
    const most = [...tally].sort((a, b) => b[1] - a[1]);
    const told = most.slice(0, 3).map(([code, number]) => `${words.country(code)} ${number}`).join(", ");
    const label = most.length ? `World map: ${words.count(this.events.length, "event", "events")} in ${words.count(most.length, "country", "countries")}; most in ${told}` : "World map: none of these events has a place";
    this.svg.setAttribute("aria-label", label);
    put(this.places, most.slice(0, 8).map(([code, number]) => h("li", {}, h("button", { type: "button", "aria-pressed": String(code === this.country), onclick: () => this.choose(code === this.country ? "" : code) }, words.country(code), h("span", {}, number)))));
    if (shapes) this.paint(tally, most[0]?.[1] ?? 1);
  }

  paint(tally, highest) {
    const projection = this.projection();
    const path = geoPath(projection);
    const land = shapes.map((shape) => {
      const number = tally.get(shape.id) ?? 0;
      const level = number ? 1 + Math.round((3 * Math.log(number)) / Math.log(Math.max(highest, 2))) : 0;
      const name = shape.id ? words.country(shape.id) : "";
      return s("path", { d: path(shape) ?? "", class: `land l${Math.min(level, 4)}${shape.id === this.country ? " chosen" : ""}`, onclick: shape.id && (() => this.choose(shape.id === this.country ? "" : shape.id)) }, s("title", {}, number ? `${name}: ${number}` : name));
    });
    const points = this.grouped().map((place) => {
      const at = projection([place.longitude, place.latitude]);
      if (!at) return null;
      const kind = place.conflict * 2 > place.count ? "conflict" : "cooperation";
      const title = `${place.place_name}: ${words.count(place.count, "event", "events")}`;
      return s("circle", { cx: at[0].toFixed(1), cy: at[1].toFixed(1), r: (3.5 + 2.5 * Math.sqrt(place.count)).toFixed(1), class: `point ${kind}`, onclick: place.place_country && (() => this.choose(place.place_country)) }, s("title", {}, title));
    });
    put(this.svg, s("path", { d: path({ type: "Sphere" }), class: "sea" }), s("path", { d: path(geoGraticule10()), class: "lines" }), land, points);
  }
}
