import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, parse, textLike, textOn } from "../src/colour";

type Rgb = [number, number, number];
const rgb = (css: string) => (css.match(/\d+/g) ?? []).map(Number) as unknown as Rgb;

test("text on any accent and any accent as text can be read", () => {
  for (const accent of ["#0f766e", "#fde047", "#111", "#fff", "#e11d48", "#2563eb"]) {
    const colour = parse(accent) as Rgb;
    assert.ok(contrast(colour, parse(textOn(accent)) as Rgb) >= 4.5, `on ${accent}`);
    for (const ground of ["#ffffff", "#1f1c19"]) {
      assert.ok(
        contrast(rgb(textLike(accent, ground)), parse(ground) as Rgb) >= 4.5,
        `${accent} over ${ground}`,
      );
    }
  }
});

test("words that are no colour are not taken for one", () => {
  assert.equal(parse("red; background: url(x)"), null);
});
