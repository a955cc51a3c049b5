import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rankDifferences } from "./differences.ts";
import { logShape } from "./log-shape.ts";
import type { SampledAttribute, SampledSpan, SampledTrace } from "./sampled-trace.ts";

const MS = 1_000_000;

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const text = (key: string, value: string): SampledAttribute => ({ key, value, isNumber: false });

interface Call {
  readonly service: string;
  readonly name: string;
  readonly ownMs: number;
  readonly status?: "error";
  readonly attributes?: readonly SampledAttribute[];
  readonly resource?: readonly SampledAttribute[];
  readonly calls?: readonly Call[];
}

/** The spans of a call and all below it, one after the other. */
function spansOf(call: Call, parentId = "0000000000000000", id = "1", startNs = 0): SampledSpan[] {
  let atNs = startNs;
  const below: SampledSpan[] = [];
  for (const [place, one] of (call.calls ?? []).entries()) {
    const spans = spansOf(one, id, `${id}.${place}`, atNs);
    atNs += spans[0]!.durationNs;
    below.push(...spans);
  }
  const own: SampledSpan = {
    spanId: id,
    parentId,
    service: call.service,
    name: call.name,
    kind: "server",
    status: call.status ?? "unset",
    startNs,
    durationNs: atNs - startNs + call.ownMs * MS,
    resource: call.resource ?? [],
    attributes: call.attributes ?? [],
    events: [],
  };
  return [own, ...below];
}

/** A shop of three services, in which a fault may be planted in the selected traces. */
function shop(
  seed: number,
  fault: (call: Call, isSelected: boolean, random: () => number) => Call,
  traces = 120,
): SampledTrace[] {
  const random = randomOf(seed);
  return Array.from({ length: traces }, (_, n) => {
    const isSelected = n % 2 === 0;
    const plant = (call: Call): Call => fault(call, isSelected, random);
    const pod = Math.floor(random() * 4);
    const payment = plant({
      service: "payment",
      name: "charge",
      ownMs: 5 + random() * 5,
      resource: [text("pod", `payment-${pod}`), text("pod.ip", `10.0.0.${pod}`)],
      attributes: [
        text("order.id", String(random())),
        text("card", random() < 0.5 ? "visa" : "amex"),
      ],
      calls: [{ service: "ledger", name: "book", ownMs: 2 + random() }],
    });
    const cart = plant({ service: "cart", name: "load", ownMs: 3 + random() * 3 });
    const root = plant({
      service: "web",
      name: random() < 0.5 ? "POST /checkout" : "POST /order",
      ownMs: 8 + random() * 8,
      attributes: [text("user", `u-${Math.floor(random() * 30)}`)],
      calls: [cart, payment],
    });
    return { traceId: String(n).padStart(32, "0"), isSelected, spans: spansOf(root), logs: [] };
  });
}

const seeds = fc.integer({ min: 1, max: 1_000_000 });
/** The same shops each time: one in some hundred of all has a difference by chance alone. */
const RUNS = { numRuns: 25, seed: 5 };

/** What chance makes of some shops stands far behind what was planted. */
const isFaint = ({ score }: { score: number }): boolean => score < 0.1;

describe("the differences of a selection", () => {
  it("are none where nothing differs", () => {
    let claims = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        claims += rankDifferences(shop(seed, (call) => call)).length;
      }),
      RUNS,
    );
    // Chance alone is allowed one in a hundred of each kind.
    expect(claims).toBeLessThanOrEqual(3);
  });

  it("name the attribute that was planted first, with what says the same in one", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const traces = shop(seed, (call, isSelected, random) =>
          call.service === "payment" && isSelected && random() < 0.8
            ? { ...call, resource: [text("pod", "payment-9"), text("pod.ip", "10.0.0.9")] }
            : call,
        );
        const [first, ...others] = rankDifferences(traces);
        expect(first?.finding).toMatchObject({ kind: "attribute", service: "payment" });
        expect(first && "value" in first.finding && first.finding.value).toMatch(/9$/);
        expect(first?.alike.map(({ finding }) => finding)).toContainEqual(
          expect.objectContaining({ value: expect.stringMatching(/9$/) as string }),
        );
        expect(others.filter(({ finding }) => finding.service !== "payment").every(isFaint)).toBe(
          true,
        );
      }),
      RUNS,
    );
  });

  it("lay slowness at the door of the service in which the time passes, and not of its callers", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const traces = shop(seed, (call, isSelected) =>
          call.service === "payment" && isSelected ? { ...call, ownMs: call.ownMs * 8 } : call,
        );
        const found = rankDifferences(traces);
        expect(found[0]?.finding).toMatchObject({
          kind: "time",
          service: "payment",
          operation: "charge",
        });
        expect(found.filter(({ finding }) => finding.service === "web").every(isFaint)).toBe(true);
      }),
      RUNS,
    );
  });

  it("find where errors begin, though callers fail too", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const traces = shop(seed, (call, isSelected, random) => {
          if (call.service === "payment")
            return isSelected && random() < 0.6 ? { ...call, status: "error" } : call;
          const fails = call.calls?.some(({ status }) => status === "error") === true;
          return fails ? { ...call, status: "error" } : call;
        });
        const errors = rankDifferences(traces).filter(({ finding }) => finding.kind === "error");
        expect(errors.map(({ finding }) => finding.service)).toEqual(["payment"]);
      }),
      RUNS,
    );
  });

  it("tell what is no longer called", () => {
    const traces = shop(7, (call, isSelected) => {
      if (call.service !== "payment" || !isSelected) return call;
      const { calls: _calls, ...without } = call;
      return without;
    });
    const [first] = rankDifferences(traces);
    expect([first!, ...first!.alike].map(({ finding }) => finding)).toContainEqual(
      expect.objectContaining({
        kind: "calls",
        service: "payment",
        callee: { service: "ledger", operation: "book" },
        selectionCalls: 0,
      }),
    );
  });

  it("split numbers where both sides are furthest apart", () => {
    const traces = shop(3, (call, isSelected, random) =>
      call.service === "cart"
        ? {
            ...call,
            attributes: [
              {
                key: "items",
                value: String(Math.floor((isSelected ? 50 : 0) + random() * 50)),
                isNumber: true,
              },
            ],
          }
        : call,
    );
    expect(rankDifferences(traces)[0]?.finding).toMatchObject({
      kind: "attribute",
      service: "cart",
      key: "items",
      above: expect.toSatisfy((n: number) => n >= 45 && n < 52) as number,
    });
  });

  it("leave out what has another value in each trace", () => {
    const traces = shop(11, (call, isSelected, random) =>
      call.service === "cart" && isSelected ? { ...call, ownMs: 90 + random() } : call,
    );
    const keys = rankDifferences(traces).flatMap(({ finding, alike }) =>
      [finding, ...alike.map((one) => one.finding)].map((one) => ("key" in one ? one.key : "")),
    );
    expect(keys).not.toContain("order.id");
  });

  it("say nothing of a handful of traces", () => {
    const traces = shop(
      5,
      (call, isSelected) => (isSelected ? { ...call, status: "error" } : call),
      4,
    );
    expect(rankDifferences(traces)).toEqual([]);
  });

  it("tell a line of the logs that is missing", () => {
    const traces = shop(13, (call) => call).map((trace) => ({
      ...trace,
      logs: ["order 12 received", ...(trace.isSelected ? [] : ["order 12 saved"])].map((line) => ({
        service: "payment",
        spanId: "",
        severity: 9,
        text: logShape(line),
      })),
    }));
    expect(rankDifferences(traces)[0]).toMatchObject({
      finding: { kind: "log", service: "payment", text: "order … saved" },
      selection: { with: 0 },
    });
  });
});

describe("the shape of a log line", () => {
  it("is without what changes from line to line", () => {
    expect(logShape("card 4711 declined after 12ms for u-88")).toBe(
      "card … declined after … for …",
    );
    expect(logShape("17:42:26.795 INFO v.c.VerifyCodeController#51 [verify][code: 1234]")).toBe(
      "… INFO v.c.VerifyCodeController#51 verify code: …",
    );
  });

  it("is short, whatever the line", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), (line) => {
        expect(logShape(line).length).toBeLessThanOrEqual(160);
      }),
    );
  });
});
