// Words for codes, times and numbers.
import codes from "codes";

const names = new Intl.DisplayNames(["en"], { type: "region" });
const twoOf = new Map(codes.map(([two, three]) => [three, two]));
const byName = new Map(codes.map(([two, three]) => [names.of(two).toLowerCase(), three]));

/** The name of a country by its alpha-3 code; of another code the code itself. */
export function country(three) {
  const two = twoOf.get(three);
  return two ? names.of(two) : three;
}

export const countries = codes.map(([, three]) => [three, country(three)]).sort((a, b) => a[1].localeCompare(b[1]));

/** The code that a person means by a name or a code. */
export function countryCode(text) {
  const plain = text.trim();
  return byName.get(plain.toLowerCase()) ?? plain.toUpperCase();
}

export const QUADS = {
  verbal_cooperation: "Verbal cooperation",
  material_cooperation: "Material cooperation",
  verbal_conflict: "Verbal conflict",
  material_conflict: "Material conflict",
};

/** "entity-extractor" → "Entity extractor", "ASSAULT" → "Assault" */
export function plain(word) {
  const text = String(word ?? "").replace(/[_-]/g, " ").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const dayYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

export const time = (text) => (text ? `${full.format(new Date(text))} UTC` : "unknown");
export const exact = (text) => (text ? text.replace("T", " ").replace("Z", " UTC") : "unknown");
export const dayOf = (at) => day.format(at);
export const longDay = (at) => dayYear.format(at);
export const hourOf = (at) => clock.format(at);

/** Of today the hour, of this year the day, else the day with its year. */
export function short(text) {
  const at = new Date(text);
  const now = new Date();
  if (now - at < 86400000 && now.getUTCDate() === at.getUTCDate()) return clock.format(at);
  return at.getUTCFullYear() === now.getUTCFullYear() ? day.format(at) : dayYear.format(at);
}

/** "3 min ago", "in 20 s" */
export function ago(text) {
  if (!text) return "never";
  const past = Date.now() - new Date(text).getTime();
  return past >= 0 ? `${span(past)} ago` : `in ${span(-past)}`;
}

export function span(millis) {
  if (millis < 1000) return `${Math.round(millis)} ms`;
  if (millis < 120000) return `${(millis / 1000).toFixed(millis < 10000 ? 1 : 0)} s`;
  if (millis < 7200000) return `${Math.round(millis / 60000)} min`;
  if (millis < 172800000) return `${Math.round(millis / 3600000)} h`;
  return `${Math.round(millis / 86400000)} d`;
}

export const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

/** "JPN GOV" */
export const code = (code, sector) => [code, sector].filter(Boolean).join(" ");
