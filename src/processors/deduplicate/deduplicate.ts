import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import { editAttributes } from "#core/edit/edit-attributes.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { AttributeKey } from "#core/row-access.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { ByOrganization } from "#pipeline/by-organization.ts";
import {
  defineComponent,
  type Outcome,
  type Processor,
  type ProcessorContext,
} from "#pipeline/component.ts";
import { logDigest, type RowDigest, spanDigest } from "./row-digest.ts";
import { type BatchTrace, newTrace, SeenContents } from "./seen-contents.ts";
import { type DeduplicateSettings, settings } from "./settings.ts";

/**
 * Drops rows whose like has passed within a window: a message that is logged in a loop, or what a sender sent twice.
 * The next of its like that passes says how many were suppressed. They are not counted in its weight, since
 * what was sent twice has happened once. It stands best before processors that give each row something of its own.
 *
 * @example
 * processors:
 *   deduplicate: { window: 10000, logFields: [body, attributes.user] }
 */
export const deduplicate = defineComponent({
  kind: "processor",
  type: "deduplicate",
  summary: "Drops log records and spans whose like has passed within a window.",
  signals: { traces: "stable", logs: "stable" },
  settings,
  create: (given: DeduplicateSettings, context: ProcessorContext) =>
    new DeduplicateProcessor(given, context),
});

/** Organizations whose contents are remembered; for one more the one is forgotten that was silent for longest. */
const ORGANIZATIONS_MAX = 1_024;
/** How often it is looked, of all organizations, what did not come again: with each window, but not more often. */
const SWEEP_MS_MIN = 1_000;

/** What is remembered of one organization. */
interface SeenOfOrganization {
  readonly logs: SeenContents;
  readonly spans: SeenContents;
}

class DeduplicateProcessor implements Processor {
  private readonly given: DeduplicateSettings;
  private readonly context: ProcessorContext;
  private readonly logDigest: RowDigest<LogBatch>;
  private readonly spanDigest: RowDigest<SpanBatch>;
  private readonly organizations: ByOrganization<SeenOfOrganization>;
  private sweepMs = 0;
  private readonly countKey: AttributeKey;
  private evaluated = 0;
  private suppressed = 0;
  /** Contents that were forgotten of organizations that are forgotten. */
  private evicted = 0;

  constructor(given: DeduplicateSettings, context: ProcessorContext) {
    this.given = given;
    this.context = context;
    this.logDigest = logDigest(given.logFields, given.ignoreAttributes);
    this.spanDigest = spanDigest(given.spanFields, given.ignoreAttributes);
    this.countKey = new AttributeKey(given.countAttribute);
    const { window, entriesMax, entriesOfAllMax } = given;
    this.organizations = new ByOrganization({
      organizationsMax: ORGANIZATIONS_MAX,
      entriesMax: entriesOfAllMax,
      makesRoom: true,
      make: (share) => ({
        logs: new SeenContents(window, entriesMax, share),
        spans: new SeenContents(window, entriesMax, share),
      }),
      onForgotten: (seen) => this.forgotten(seen),
    });
  }

  process(batch: Batch, org: string): Outcome | void {
    this.sweep();
    if (batch.signal === "metrics") return;
    const { logs, spans } = this.organizations.of(org);
    if (batch.signal === "traces") return this.rows(batch, this.spanDigest, spans);
    return this.rows(batch, this.logDigest, logs);
  }

  /** Forgets what did not come again, of organizations that are silent too. */
  private sweep(): void {
    const nowMs = this.context.clock.monotonicMs();
    if (nowMs < this.sweepMs) return;
    this.sweepMs = nowMs + Math.max(SWEEP_MS_MIN, this.given.window);
    for (const [org, { logs, spans }] of this.organizations.list()) {
      logs.expire(nowMs);
      spans.expire(nowMs);
      if (logs.size + spans.size > 0) continue;
      this.evicted += logs.evicted + spans.evicted;
      this.organizations.delete(org);
    }
  }

  private forgotten({ logs, spans }: SeenOfOrganization): void {
    const nowMs = this.context.clock.monotonicMs();
    for (const seen of [logs, spans]) this.evicted += seen.evicted + seen.current(nowMs);
  }

  private rows<B extends SpanBatch | LogBatch>(
    batch: B,
    digest: RowDigest<B>,
    seen: SeenContents,
  ): Outcome | void {
    if (digest.isEmpty) return;
    const trace = newTrace();
    this.countSuppressed(batch, this.judge(batch, digest, seen, trace));
    return {
      accepted: () => seen.accept(trace),
      refused: () => seen.takeBack(trace),
    };
  }

  /** Drops rows; gives those that pass for which others were dropped before, and how many. */
  private judge<B extends SpanBatch | LogBatch>(
    batch: B,
    digest: RowDigest<B>,
    seen: SeenContents,
    trace: BatchTrace,
  ): ReadonlyMap<number, number> {
    const nowMs = this.context.clock.monotonicMs();
    const { selection } = batch;
    const counts = new Map<number, number>();
    for (let row = 0; row < batch.rows; row++) {
      if (!selection.has(row)) continue;
      this.evaluated++;
      const before = seen.judge(digest.of(batch, row), nowMs, trace);
      if (before < 0) {
        selection.drop(row);
        this.suppressed++;
      } else if (before > 0) counts.set(row, before);
    }
    return counts;
  }

  private countSuppressed(batch: SpanBatch | LogBatch, counts: ReadonlyMap<number, number>): void {
    if (counts.size === 0) return;
    editAttributes(batch, batch.selection, (attributes, row) => {
      const count = counts.get(row);
      if (count !== undefined) attributes.set(this.countKey, String(count), ATTRIBUTE_TYPES.int);
    });
  }

  /** `entries` are the contents that are remembered; `total_evicted` were forgotten within their window. */
  statistics(): Readonly<Record<string, number>> {
    const { evaluated, suppressed } = this;
    const { entries } = this.organizations;
    let evicted = this.evicted;
    for (const { logs, spans } of this.organizations.values())
      evicted += logs.evicted + spans.evicted;
    return {
      total_evaluated: evaluated,
      total_passed: evaluated - suppressed,
      total_suppressed: suppressed,
      total_evicted: evicted,
      entries,
    };
  }
}
