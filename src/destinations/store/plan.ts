import type { Buffer } from "node:buffer";
import { open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { SightglassError } from "#core/errors.ts";
import { BLOCK_COLUMNS, type BlockTable } from "#core/native/block-columns.ts";

const tables = Object.keys(BLOCK_COLUMNS) as [BlockTable, ...BlockTable[]];

/** One insert of a plan: the rows of the range that belong to one table and one day. */
const plannedInsert = z.strictObject({
  table: z.enum(tables),
  /** Days since 1970, or 0 for a table that is not split by day. */
  day: z.int().nonnegative(),
  rows: z.int().positive(),
  bytes: z.int().positive(),
  token: z.string(),
});
export type PlannedInsert = z.infer<typeof plannedInsert>;

const rowCounts = z.strictObject({ traces: z.int(), logs: z.int(), metrics: z.int() });

const planSchema = z.strictObject({
  version: z.literal(1),
  /** Sequences of the first and last journal record, both included. */
  from: z.int().positive(),
  to: z.int().positive(),
  rows: rowCounts,
  /** Rows of records whose payload could not be read: they are dropped, and not among `rows`. */
  unreadable: rowCounts,
  inserts: z.array(plannedInsert),
  /** Tokens of inserts that can never succeed as a whole and were cut in two; see `insert-range.ts`. */
  split: z.array(z.string()),
  /** What was given up: single records of one table, kept as dead letters. */
  dead: z.array(z.strictObject({ token: z.string(), rows: rowCounts })),
});

/** What is going to be inserted for a range of the journal: durable before the first attempt. */
export type Plan = z.infer<typeof planSchema>;

/**
 * The plans that were begun and not yet acknowledged, a file each. A plan that cannot be read was
 * never finished being written, so that nothing of it was attempted.
 */
export class PlanFolder {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  private path({ from, to }: Pick<Plan, "from" | "to">): string {
    return join(this.folder, `${hex(from)}-${hex(to)}.plan`);
  }

  /** Resolves when the plan would survive a loss of power. */
  async write(plan: Plan): Promise<void> {
    const text = JSON.stringify(plan);
    const path = this.path(plan);
    const partial = `${path}.partial`;
    const file = await open(partial, "w");
    try {
      await file.writeFile(`${crc32(text).toString(16)} ${text}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
    await this.sync();
  }

  async remove(plan: Plan): Promise<void> {
    await rm(this.path(plan), { force: true });
  }

  /** All readable plans in the order of their ranges. */
  async list(): Promise<Plan[]> {
    const plans: Plan[] = [];
    for (const name of (await readdir(this.folder)).toSorted()) {
      const path = join(this.folder, name);
      const plan = name.endsWith(".plan") ? parsePlan(await readFile(path)) : undefined;
      if (plan === undefined) await rm(path, { force: true });
      else plans.push(plan);
    }
    return plans;
  }

  private async sync(): Promise<void> {
    const folder = await open(this.folder, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

function parsePlan(bytes: Buffer): Plan | undefined {
  const text = bytes.toString("utf8").trimEnd();
  const space = text.indexOf(" ");
  if (space < 1 || crc32(text.slice(space + 1)).toString(16) !== text.slice(0, space))
    return undefined;
  const plan = planSchema.safeParse(JSON.parse(text.slice(space + 1)));
  if (plan.success) return plan.data;
  throw new SightglassError(
    "data_mismatch",
    `store/plans: a plan is not of version 1: ${z.prettifyError(plan.error)}. Start the Sightglass that wrote it once more, so that it finishes what it planned`,
  );
}

function hex(sequence: number): string {
  return sequence.toString(16).padStart(14, "0");
}
