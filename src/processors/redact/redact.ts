import type { Batch } from "#core/batch.ts";
import { keptRows } from "#core/batch.ts";
import { defineComponent, type Processor, type ProcessorContext } from "#pipeline/component.ts";
import { BatchRedactor } from "./batch-redactor.ts";
import { detectors } from "./detect/detectors.ts";
import { FieldRedactor } from "./field-redactor.ts";
import { FieldRules } from "./field-rules.ts";
import { OwnPatterns } from "./own-patterns.ts";
import { RedactionCounts } from "./redaction-counts.ts";
import { replacing } from "./replacement.ts";
import { RowChanges } from "./row-changes.ts";
import { DEFAULT_SALT, type RedactSettings, settings } from "./settings.ts";
import { TextRedactor } from "./text-redactor.ts";

/**
 * Takes personal data and secrets out of rows before they are written anywhere: e-mail addresses,
 * telephone, social security, payment card and bank account numbers, IP addresses, keys of clouds
 * and other vendors, passwords, and what patterns of the user's own find. Seed 003's `pii-redactor`.
 *
 * @example
 * processors:
 *   redact: { redactionMode: hash, hashSalt: ${file:/run/secrets/salt}, fieldsToSkip: [client.address] }
 */
export const redact = defineComponent({
  kind: "processor",
  type: "redact",
  summary: "Masks, hashes or removes personal data, keys and passwords before anything is stored.",
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  settings,
  create: (given: RedactSettings, context: ProcessorContext) => new RedactProcessor(given, context),
});

class RedactProcessor implements Processor {
  private readonly given: RedactSettings;
  private readonly context: ProcessorContext;
  private readonly counts: RedactionCounts;
  private readonly patterns: OwnPatterns;
  private readonly batches: BatchRedactor;
  /** The kind of the last match, which is what metadata calls a field. */
  private kind = 0;

  constructor(given: RedactSettings, context: ProcessorContext) {
    this.given = given;
    this.context = context;
    this.counts = new RedactionCounts(given.patterns.map(({ name }) => name));
    this.patterns = new OwnPatterns(given.patterns);
    const texts = new TextRedactor({
      detectors: detectorsOf(given),
      patterns: this.patterns,
      replace: replacing(given.redactionMode, given.hashSalt),
      onMatch: (kind) => {
        this.kind = kind;
        this.counts.addMatch(kind);
      },
    });
    const rules = new FieldRules(given.fieldsToScan ?? undefined, given.fieldsToSkip);
    const fields = new FieldRedactor(rules, texts, (path, characters) => {
      this.counts.fields++;
      this.batches.changed(path, this.counts.nameOf(this.kind), characters);
    });
    this.batches = new BatchRedactor(fields, new RowChanges(given.metadata !== "none"));
  }

  async start(): Promise<void> {
    if (this.given.redactionMode === "hash" && this.given.hashSalt === DEFAULT_SALT)
      this.context.log.warn(
        "The salt of hashes is the one that everyone has: set hashSalt, or values can be guessed from their hashes",
        { component: this.context.name },
      );
  }

  process(batch: Batch): void {
    this.counts.scanned += keptRows(batch);
    this.batches.redact(batch);
    this.counts.redacted += this.batches.changes.count;
    const { metadata, redactionMode } = this.given;
    if (batch.signal !== "logs" || metadata === "none") return;
    const time = new Date(this.context.clock.nowMs()).toISOString();
    this.batches.describe(batch, redactionMode, metadata === "events", time);
  }

  statistics(): Readonly<Record<string, number>> {
    return { ...this.counts.statistics(), total_searches_stopped: this.patterns.stopped };
  }
}

function detectorsOf(given: RedactSettings): ReturnType<typeof detectors> {
  return detectors({
    email: given.detectEmail,
    phone: given.detectPhone,
    ssn: given.detectSSN,
    creditCard: given.detectCreditCard,
    apiKey: given.detectAPIKey,
    password: given.detectPassword,
    ipAddress: given.detectIPAddress,
    iban: given.detectIBAN,
  });
}
