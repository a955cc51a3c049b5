import { describe, expect, it } from "vitest";
import { type Call, cutMap, type MapBounds } from "./service-map-cut.ts";

const call = (source: string, target: string, requests = 1): Call => ({ source, target, requests });
const WIDE: MapBounds = { depth: 5, servicesMax: 300, callsMax: 2_000 };
const cut = (calls: readonly Call[], bounds: Partial<MapBounds> = {}, alone: string[] = []) => {
  const { services, calls: kept, omitted } = cutMap(calls, alone, { ...WIDE, ...bounds });
  return { services: [...services], calls: kept.map((one) => one.source + one.target), omitted };
};

describe("a map", () => {
  it("keeps everything where there is room, services without calls last", () => {
    expect(cut([call("a", "b", 5), call("b", "c", 9)], {}, ["z", "a"])).toEqual({
      services: ["b", "c", "a", "z"],
      calls: ["bc", "ab"],
      omitted: { services: 0, calls: 0 },
    });
  });

  it("bears cycles and services that call themselves", () => {
    const calls = [call("a", "b", 3), call("b", "a", 2), call("a", "a", 1), call("b", "c", 1)];
    expect(cut(calls, { focus: "c", depth: 1 })).toEqual({
      services: ["c", "b"],
      calls: ["bc"],
      omitted: { services: 0, calls: 0 },
    });
    expect(cut(calls, { focus: "c", depth: 2 }).calls).toEqual(["ab", "ba", "aa", "bc"]);
  });

  it("has the focus first, then what is nearer before what is busier", () => {
    const calls = [call("far", "near", 1_000), call("near", "focus", 1), call("focus", "other", 5)];
    expect(cut(calls, { focus: "focus", servicesMax: 3 })).toEqual({
      services: ["focus", "near", "other"],
      calls: ["focusother", "nearfocus"],
      omitted: { services: 1, calls: 1 },
    });
  });

  it("does not count as left out what is beyond the depth", () => {
    const calls = [call("a", "b"), call("b", "c"), call("c", "d")];
    expect(cut(calls, { focus: "a", depth: 1 }).omitted).toEqual({ services: 0, calls: 0 });
  });

  it("of 1,200 services keeps the 300 busiest, and the calls between them", () => {
    // Service n calls the next one n times: the busiest are those with the highest numbers.
    const calls = Array.from({ length: 1_200 }, (_, n) =>
      call(`s${n}`, `s${(n + 1) % 1_200}`, n + 1),
    );
    const { services, calls: kept, omitted } = cut(calls);
    expect(services).toHaveLength(300);
    expect(services).not.toContain("s800");
    expect(kept).toHaveLength(299);
    expect(omitted).toEqual({ services: 900, calls: 901 });
    expect(new Set(cut(calls, { focus: "s10", depth: 5 }).services)).toEqual(
      new Set(Array.from({ length: 11 }, (_, n) => `s${n + 5}`)),
    );
  });

  it("has no more calls than may be drawn", () => {
    const calls = Array.from({ length: 40 }, (_, n) => call(`a${n}`, `b${n}`, n));
    const bounded = cut(calls, { callsMax: 10 });
    expect(bounded.calls).toHaveLength(10);
    expect(bounded.calls[0]).toBe("a39b39");
    expect(bounded.omitted).toEqual({ services: 0, calls: 30 });
  });
});
