import type { Batch } from "#core/batch.ts";
import type { RowSelection } from "#core/row-groups.ts";
import { defineComponent, type Processor } from "#pipeline/component.ts";
import type { Compiled } from "#pipeline/expression/compile.ts";
import { compileCondition, compileConditions } from "#pipeline/expression/condition.ts";
import { type DropReason, EventRules } from "./event-rules.ts";
import { EventView } from "./event-view.ts";
import { type EventFilter, type FilterSettings, settings } from "./settings.ts";

/**
 * Drops rows before they are written anywhere: rows of any signal by a condition, and events by their text,
 * level, type and worth. Seed 003's `filter`. What is asked of an event, in this order: `keepPatterns`,
 * `customFilter`, `condition`, `keepEventTypes`, `dropPatterns`, `dropLevels`, `dropEventTypes`, `dropLowValue`.
 *
 * @example
 * processors:
 *   filter: { condition: 'attributes["http.route"] == "/healthz"', dropLevels: [debug] }
 */
export const filter = defineComponent({
  kind: "processor",
  type: "filter",
  summary: "Drops the rows that match a condition, and events of little value.",
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  settings,
  create: (given: FilterSettings) => new FilterProcessor(given),
});

class FilterProcessor implements Processor {
  private readonly isAllowlist: boolean;
  /** Log records are only judged by an allowlist that says something about them. */
  private readonly isLogAllowlist: boolean;
  private readonly conditions: ReturnType<typeof compileConditions>;
  private readonly custom: Compiled<boolean> | EventFilter | undefined;
  private readonly dropOnError: boolean;
  private readonly rules: EventRules;
  private readonly event = new EventView();
  private evaluated = 0;
  private errors = 0;
  private readonly dropped: Record<DropReason, number> = {
    pattern: 0,
    level: 0,
    type: 0,
    low_value: 0,
    custom: 0,
    condition: 0,
    allowlist: 0,
  };

  constructor(given: FilterSettings) {
    const { condition, customFilter, filterMode, dropOnError } = given;
    this.isAllowlist = filterMode === "allowlist";
    this.conditions = condition === undefined ? {} : compileConditions(condition);
    this.custom =
      typeof customFilter === "string" ? compileCondition(customFilter, "logs") : customFilter;
    this.dropOnError = dropOnError;
    this.rules = new EventRules(given);
    const hasLogRule = this.custom !== undefined || this.conditions.logs !== undefined;
    this.isLogAllowlist = this.isAllowlist && (hasLogRule || this.rules.hasKeepRule);
  }

  process(batch: Batch): void {
    const condition = this.conditions[batch.signal];
    condition?.bind(batch);
    switch (batch.signal) {
      case "traces":
        this.rows(batch.selection, batch.rows, (row) => this.reasonOf(condition, row));
        break;
      case "metrics": {
        const { numbers, histograms } = batch;
        this.rows(numbers.selection, numbers.rows, (row) => this.reasonOf(condition, row));
        this.rows(histograms.selection, histograms.rows, (row) => this.reasonOf(condition, ~row));
        break;
      }
      default:
        this.event.bind(batch);
        if (typeof this.custom === "object") this.custom.bind(batch);
        this.rows(batch.selection, batch.rows, (row) => this.reasonOfLog(condition, row));
    }
  }

  private rows(
    selection: RowSelection,
    rows: number,
    reasonOf: (row: number) => DropReason | undefined,
  ): void {
    for (let row = 0; row < rows; row++) {
      if (!selection.has(row)) continue;
      this.evaluated++;
      const reason = reasonOf(row);
      if (reason === undefined) continue;
      selection.drop(row);
      this.dropped[reason]++;
    }
  }

  /** A signal that the condition is not about stays as it is, in an allowlist too. */
  private reasonOf(condition: Compiled<boolean> | undefined, row: number): DropReason | undefined {
    if (condition === undefined) return undefined;
    const isTrue = condition.evaluate(row);
    if (this.isAllowlist) return isTrue ? undefined : "allowlist";
    return isTrue ? "condition" : undefined;
  }

  private reasonOfLog(
    condition: Compiled<boolean> | undefined,
    row: number,
  ): DropReason | undefined {
    const { event, rules, isLogAllowlist: isAllowlist } = this;
    event.open(row);
    if (rules.isKept(event)) return undefined;
    if (this.custom !== undefined) {
      if (!this.isWanted(this.custom, row)) return "custom";
      if (isAllowlist) return undefined;
    }
    const isTrue = condition?.evaluate(row) === true;
    if (isTrue) return isAllowlist ? undefined : "condition";
    if (rules.isListed(event)) return undefined;
    return rules.dropReason(event) ?? (isAllowlist ? "allowlist" : undefined);
  }

  private isWanted(custom: Compiled<boolean> | EventFilter, row: number): boolean {
    if (typeof custom === "object") return custom.evaluate(row);
    try {
      // A program's function may give any value: what counts as true is kept.
      return Boolean(custom(this.event.object));
    } catch {
      this.errors++;
      return !this.dropOnError;
    }
  }

  /** In seed 003's names; rates are from 0 to 1. */
  statistics(): Readonly<Record<string, number>> {
    const { dropped, evaluated } = this;
    const total = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    return {
      total_evaluated: evaluated,
      total_dropped: total,
      total_kept: evaluated - total,
      ...Object.fromEntries(
        Object.entries(dropped).map(([reason, count]) => [`dropped_by_${reason}`, count]),
      ),
      custom_filter_errors: this.errors,
      drop_rate: evaluated === 0 ? 0 : total / evaluated,
      keep_rate: evaluated === 0 ? 0 : 1 - total / evaluated,
    };
  }
}
