import { z } from "zod";
import { from, to } from "./parameters.ts";
import { timeOut } from "./values.ts";

export const changesQuery = z.strictObject({ from, to });

const measured = (of: string) =>
  z
    .number()
    .nullable()
    .describe(`${of}: error rate (0 to 1), p95 in milliseconds, or requests a second by the kind.`);

export const serviceChange = z
  .object({
    service: z.string(),
    kind: z
      .enum(["new", "gone", "errors", "latency", "throughput"])
      .describe("What changed: the service came, went, or one of its measures moved."),
    isWorse: z.boolean().describe("More errors, longer durations, less traffic, or gone."),
    before: measured("In the range before; null for a new service"),
    now: measured("Since then; null for one that has gone"),
    since: timeOut.describe("Start of the first step that is otherwise."),
    evidence: z
      .number()
      .nullable()
      .describe(
        "How far it lies from the middle of the steps before, in their usual spread: at least 4. Null for new and gone.",
      ),
    score: z.number().describe("Doublings by how sure they are; only for the order."),
  })
  .meta({ id: "ServiceChange" });
export type ServiceChange = z.infer<typeof serviceChange>;

export const newOperations = z
  .object({
    service: z.string(),
    operations: z.number().int().describe("Operations that had no span in the range before."),
    spans: z.number().describe("Their spans, weighted by sampling."),
    examples: z.array(z.string()).describe("Names of the busiest of them."),
  })
  .meta({ id: "NewOperations" });
export type NewOperations = z.infer<typeof newOperations>;

export const changesAnswer = z
  .object({
    comparedFrom: timeOut.describe("Start of the range before, which is as long."),
    isComparable: z
      .boolean()
      .describe("False when too little was there before; nothing is said to have changed then."),
    changes: z.array(serviceChange).describe("The largest and surest first."),
    newOperations: z.array(newOperations).describe("Of services that were there before."),
  })
  .meta({ id: "Changes" });
export type ChangesAnswer = z.infer<typeof changesAnswer>;
