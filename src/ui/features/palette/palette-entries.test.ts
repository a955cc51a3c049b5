import { describe, expect, test } from "vitest";
import { paletteEntries, type PaletteSources, traceIdIn } from "./palette-entries.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

const sources: PaletteSources = {
  commands: [
    { id: "go.traces", title: "Traces", group: "Go to", keys: "g t", run: () => {} },
    { id: "theme.dark", title: "Dark theme", group: "Appearance", run: () => {} },
    {
      id: "row.next",
      title: "Next row",
      group: "Traces",
      keys: "j",
      isHidden: true,
      run: () => {},
    },
  ],
  views: [{ name: "Slow carts", address: "/traces?q=cart" }],
  recent: [{ path: `/traces/${TRACE}`, title: "POST /checkout" }],
  services: ["cart", "user\u202etxt"],
  addressOf: (path, search = {}) => {
    const query = new URLSearchParams(search).toString();
    return query === "" ? path : `${path}?${query}`;
  },
};

const offered = (typed: string, from = sources): string[] =>
  paletteEntries(typed, from).map(({ group, title }) => `${group}: ${title}`);

describe("the palette", () => {
  test("offers orders, views and what was seen lately before anything is typed, and no mere keys", () => {
    expect(offered("")).toEqual([
      "Go to: Traces",
      "Appearance: Dark theme",
      "Saved views: Slow carts",
      "Seen lately: POST /checkout",
    ]);
  });

  test("finds services by name, with a search for the text behind all", () => {
    expect(offered("cart")).toEqual([
      "Services: cart",
      "Saved views: Slow carts",
      "Search: Search the traces for “cart”",
      "Search: Search the logs for “cart”",
    ]);
  });

  test("shows what hides in a name", () => {
    expect(offered("user")[0]).toBe("Services: user⟨U+202E⟩txt");
  });

  test("offers no page that is not there", () => {
    const none = { ...sources, addressOf: () => undefined };
    expect(offered("cart", none)).toEqual(["Saved views: Slow carts"]);
    expect(offered(TRACE, none)).toEqual([]);
  });

  test("opens the trace whose id is pasted", () => {
    const [first] = paletteEntries(` ${TRACE.toUpperCase()} `, sources);
    expect(first).toMatchObject({ group: "Trace", address: `/traces/${TRACE}` });
  });
});

test.each([
  [TRACE, TRACE],
  [`0x${TRACE}`, TRACE],
  ["4bf92f35-77b3-4da6-a3ce-929d0e0e4736", TRACE],
  [`00-${TRACE}-00f067aa0ba902b7-01`, TRACE],
  ["00f067aa0ba902b7", undefined],
  ["checkout", undefined],
])("%s holds the trace id %s", (text, traceId) => {
  expect(traceIdIn(text)).toBe(traceId);
});
