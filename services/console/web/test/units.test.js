// The parts of the page that need no browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pieces } from "../src/highlight.js";

test("spans are bytes, and letters of many bytes stay whole", () => {
  const text = "Präsident 💡 Müller traf Scholz";
  const bytes = new TextEncoder().encode(text);
  const at = (word) => {
    const start = new TextEncoder().encode(text.slice(0, text.indexOf(word))).length;
    return { start, end: start + new TextEncoder().encode(word).length };
  };
  const spans = [at("Müller"), at("traf"), { start: 0, end: bytes.length }];
  const found = pieces(text, spans);
  assert.equal(found.map((piece) => piece.text).join(""), text);
  assert.deepEqual(found.filter((piece) => piece.over.length > 1).map((piece) => piece.text), ["Müller", "traf"]);
});

test("spans that overlap or lie outside are cut, never doubled", () => {
  const found = pieces("abcdef", [{ start: 1, end: 4 }, { start: 2, end: 99 }]);
  assert.deepEqual(found.map((piece) => [piece.text, piece.over.length]), [["a", 0], ["b", 1], ["cd", 2], ["ef", 1]]);
});
