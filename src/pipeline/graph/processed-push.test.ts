import { describe, expect, it } from "vitest";
import { LogBuilder } from "#core/build/log-builder.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { SightglassError } from "#core/errors.ts";
import type { OnError, Processor } from "../component.ts";
import { processedPush } from "./processed-push.ts";
import { ProcessorChain } from "./processor-chain.ts";

function logs(): LogBatch {
  const builder = new LogBuilder({ observedNs: 1n, window: { oldestMs: 0, newestMs: 1e15 } });
  builder.group({ "service.name": "web" });
  builder.add({ body: "a line" });
  return builder.finish(100);
}

/** A processor that remembers, and tells what it is asked. */
function remembering(name: string, told: string[]): Processor {
  return {
    process(_batch, org) {
      told.push(`${name} of ${org}`);
      return () => told.push(`${name} back`);
    },
  };
}

function chainOf(...processors: (readonly [Processor, OnError])[]): ProcessorChain {
  return new ProcessorChain(
    processors.map(([processor, onError], at) => ({ name: `p${at}`, processor, onError })),
  );
}

describe("processors before a push", () => {
  it("keep what they remember of a batch that became durable", async () => {
    const told: string[] = [];
    const push = processedPush(chainOf([remembering("a", told), "pass"]), () => Promise.resolve());
    await push(logs(), "acme");
    expect(told).toEqual(["a of acme"]);
  });

  it("are told that a batch is durable, once it is and not before", async () => {
    const told: string[] = [];
    const processor: Processor = {
      process: () => ({
        accepted: () => told.push("accepted"),
        refused: () => told.push("refused"),
      }),
    };
    const chain = chainOf([processor, "pass"]);
    await processedPush(chain, async () => void told.push("pushed"))(logs(), "acme");
    expect(told).toEqual(["pushed", "accepted"]);
    const full = processedPush(chain, () => Promise.reject(new Error("no room")));
    await expect(full(logs(), "acme")).rejects.toThrow("no room");
    expect(told.slice(2)).toEqual(["refused"]);
  });

  it("take back what they remember of a batch that found no room, the last first", async () => {
    const told: string[] = [];
    const chain = chainOf([remembering("a", told), "pass"], [remembering("b", told), "pass"]);
    const push = processedPush(chain, () =>
      Promise.reject(new SightglassError("overloaded", "the journal is full")),
    );
    await expect(push(logs(), "acme")).rejects.toThrow("the journal is full");
    expect(told).toEqual(["a of acme", "b of acme", "b back", "a back"]);
  });

  it("take back what they remember of a batch that a later one refuses", async () => {
    const told: string[] = [];
    const fails: Processor = {
      process() {
        throw new RangeError("no");
      },
    };
    let pushed = 0;
    const push = processedPush(chainOf([remembering("a", told), "pass"], [fails, "refuse"]), () => {
      pushed += 1;
      return Promise.resolve();
    });
    await expect(push(logs(), "acme")).rejects.toThrow(SightglassError);
    expect(told).toEqual(["a of acme", "a back"]);
    expect(pushed).toBe(0);
  });
});
