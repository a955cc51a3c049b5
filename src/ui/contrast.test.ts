import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The tokens of styles.css, each as its colour in the light and in the dark theme. */
const tokens = new Map(
  [
    ...readFileSync(new URL("./styles.css", import.meta.url), "utf8").matchAll(
      /--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g,
    ),
  ].map(([, name, light, dark]) => [name!, { light: light!, dark: dark! }]),
);

/** Contrast as WCAG 2 counts it. */
function contrast(one: string, other: string): number {
  const [darker, lighter] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter! + 0.05) / (darker! + 0.05);
}

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

const GROUNDS = ["bg", "surface", "sunken", "hover", "selected"];

/** What of `names` has less contrast than `least` to a ground that it may stand on. */
function tooFaint(names: readonly string[], least: number): string[] {
  return names.flatMap((name) =>
    GROUNDS.flatMap((ground) =>
      (["light", "dark"] as const)
        .filter((theme) => contrast(tokens.get(name)![theme], tokens.get(ground)![theme]) < least)
        .map((theme) => `${name} on ${ground}, ${theme}`),
    ),
  );
}

test("words can be read on every ground in both themes", () => {
  const words = ["text", "muted", "faint", "accent", "good", "warn", "bad"];
  expect(tooFaint(words, 4.5)).toEqual([]);
});

test("bars and swatches stand out from every ground in both themes", () => {
  const series = Array.from({ length: 20 }, (_, index) => `series-${index + 1}`);
  expect(tooFaint([...series, "line-strong"], 2.75)).toEqual([]);
  const onSurface = series.filter((name) =>
    (["light", "dark"] as const).some(
      (theme) => contrast(tokens.get(name)![theme], tokens.get("surface")![theme]) < 3,
    ),
  );
  expect(onSurface).toEqual([]);
});
