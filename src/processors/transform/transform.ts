import type { Batch } from "#core/batch.ts";
import type { Signal } from "#core/signal.ts";
import { defineComponent, type Processor } from "#pipeline/component.ts";
import { originPass } from "./origin-pass.ts";
import { rowPass, type RunPass } from "./row-pass.ts";
import { settings, statementsOf, type TransformSettings } from "./settings.ts";
import { type Pass, passesOf } from "./statement-passes.ts";

/**
 * Changes rows by statements of a small typed language, which always ends and never fails on a row.
 *
 * @example
 * processors:
 *   transform:
 *     statements:
 *       - set(attributes["http.route"], "/cart") where attributes["url.path"] == "/cart/"
 *       - delete(attributes["http.request.header.cookie"])
 */
export const transform = defineComponent({
  kind: "processor",
  type: "transform",
  summary: "Sets, renames, copies and deletes attributes and fields of rows, by statements.",
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  settings,
  create: (given: TransformSettings) => new TransformProcessor(given),
});

class TransformProcessor implements Processor {
  private readonly passes: Readonly<Record<Signal, readonly RunPass<Batch>[]>>;
  private rows = 0;

  constructor({ statements }: TransformSettings) {
    const typed = statements.map(statementsOf);
    const runs = (signal: Signal): RunPass<Batch>[] => {
      const own = typed.map((one) => one[signal]).filter((one) => one !== undefined);
      return passesOf(own).map(runPass);
    };
    this.passes = { traces: runs("traces"), logs: runs("logs"), metrics: runs("metrics") };
  }

  process(batch: Batch): void {
    for (const run of this.passes[batch.signal]) this.rows += run(batch);
  }

  /** Rows, resources, scopes and series that statements changed: one that was changed in two passes counts twice. */
  statistics(): Readonly<Record<string, number>> {
    return { total_changes: this.rows };
  }
}

function runPass(pass: Pass): RunPass<Batch> {
  if (pass.context !== "traces" && pass.context !== "logs") return originPass(pass);
  const run = rowPass(pass);
  return (batch) => {
    if (batch.signal === "metrics") throw new Error("metrics have no columns of attributes");
    return run(batch);
  };
}
