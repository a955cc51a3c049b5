import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { DOOR_LIMITS, REQUEST_LIMITS } from "#core/limits.ts";
import { decodeJson, decodeProtobuf, type PushVisitor } from "./decode.ts";
import { parseLabels } from "./labels.ts";
import { encodePush, type StreamSample } from "./testing/push-request.ts";

const LIMITS = { ...REQUEST_LIMITS, ...DOOR_LIMITS };
const text = fc.string({ unit: "grapheme", maxLength: 30 });
const labels = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z_][a-z0-9_]{0,9}$/), text), {
  maxLength: 5,
  selector: ([name]) => name,
});
const push = fc.array(
  fc.record({
    labels,
    entries: fc.array(
      fc.record({
        time: fc.bigInt({ min: 0n, max: 2n ** 62n }),
        line: text,
        metadata: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), text, { maxKeys: 3 }),
      }),
      { maxLength: 5 },
    ),
  }),
  { maxLength: 4 },
);

/** A string of Go, as its `%q` writes it. */
const quoted = (value: string): string =>
  `"${value.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`;

class Seen implements PushVisitor {
  readonly streams: { labels: unknown; entries: unknown[] }[] = [];

  stream(seen: unknown): void {
    this.streams.push({ labels: seen, entries: [] });
  }

  entry(time: bigint, line: string, metadata: readonly (readonly [string, string])[]): void {
    this.streams.at(-1)!.entries.push({ time, line, metadata: Object.fromEntries(metadata) });
  }
}

const plain = (streams: readonly { entries: readonly { metadata: object }[] }[]) =>
  streams.map((stream) => ({
    ...stream,
    entries: stream.entries.map((entry) => ({ ...entry, metadata: { ...entry.metadata } })),
  }));

function refusalOrNothing(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof SightglassError)) throw error;
  }
}

describe("the decoders of a push", () => {
  it("read what the reference encoder writes", () => {
    fc.assert(
      fc.property(push, (streams) => {
        const sent: StreamSample[] = streams.map(({ labels: pairs, entries }) => ({
          labels: `{${pairs.map(([name, value]) => `${name}=${quoted(value)}`).join(", ")}}`,
          entries,
        }));
        const seen = new Seen();
        decodeProtobuf(encodePush(sent), seen);
        expect(seen.streams).toEqual(plain(streams));
      }),
    );
  });

  it("read the same from JSON", () => {
    fc.assert(
      fc.property(push, (streams) => {
        const json = {
          streams: streams.map(({ labels: pairs, entries }) => ({
            stream: Object.fromEntries(pairs),
            values: entries.map(({ time, line, metadata }) => [String(time), line, metadata]),
          })),
        };
        const seen = new Seen();
        decodeJson(Buffer.from(JSON.stringify(json)), LIMITS, seen);
        expect(seen.streams).toEqual(
          plain(streams).map((stream, index) => ({
            ...stream,
            labels: Object.entries(Object.fromEntries(streams[index]!.labels)),
          })),
        );
      }),
    );
  });

  it("take any change of a push as another push, or refuse it", () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 8 });
    fc.assert(
      fc.property(push, flips, (streams, changes) => {
        const body = encodePush(streams.map((s) => ({ ...s, labels: '{a="b"}' })));
        for (const [at, bits] of changes) if (body.length > 0) body[at % body.length]! ^= bits;
        refusalOrNothing(() => decodeProtobuf(body, new Seen()));
      }),
    );
  });

  it("take any bytes and any labels, or refuse them", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.string({ unit: "binary" }),
        (bytes, word) => {
          refusalOrNothing(() => decodeProtobuf(Buffer.from(bytes), new Seen()));
          refusalOrNothing(() => decodeJson(Buffer.from(bytes), LIMITS, new Seen()));
          refusalOrNothing(() => parseLabels(word));
          refusalOrNothing(() => parseLabels(`{a="${word}", b=${word}}`));
        },
      ),
    );
  });
});
