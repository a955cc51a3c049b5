import { KINDS } from "./detect/matches.ts";

/** Counts since the start, in the words of seed 003. */
export class RedactionCounts {
  scanned = 0;
  redacted = 0;
  fields = 0;
  private readonly names: readonly string[];
  private readonly byKind: Float64Array;

  /** @param ownNames Those of the user's own patterns, which are counted like the built-in kinds. */
  constructor(ownNames: readonly string[]) {
    this.names = [...KINDS, ...ownNames];
    this.byKind = new Float64Array(this.names.length);
  }

  addMatch(kind: number): void {
    this.byKind[kind]!++;
  }

  nameOf(kind: number): string {
    return this.names[kind]!;
  }

  /** Rows, rows and fields that were changed, what was found by its kind, and the share of rows. */
  statistics(): Record<string, number> {
    const counts: Record<string, number> = {
      total_events_scanned: this.scanned,
      total_events_redacted: this.redacted,
      total_fields_redacted: this.fields,
      redaction_rate: this.scanned === 0 ? 0 : this.redacted / this.scanned,
    };
    this.names.forEach((name, kind) => {
      counts[`by_type.${name}`] = this.byKind[kind]!;
    });
    return counts;
  }
}
