import { createHash } from "node:crypto";
import type { Row } from "../delivery/delivery.ts";
import { signalOf } from "../delivery/row-facts.ts";
import { compileRowTest } from "../expression/condition.ts";
import type { DestinationSpec } from "./graph-spec.ts";

/** Which rows a destination is given, as what delivers to it takes it. */
export interface WantedRows {
  /** Undefined for all. */
  readonly isWanted: RowTest | undefined;
  readonly wantedMark: string;
}

type RowTest = (row: Row) => boolean;

/**
 * The rows that a destination is given: those for which its condition is true, and which the function of
 * a program wants.
 *
 * @param isTheirs What holds whatever the destination says; every row when left out.
 * @example
 * new DeliveringDestination({ ...options, ...wantedRows(spec) });
 */
export function wantedRows(
  { when, isWanted }: Pick<DestinationSpec, "when" | "isWanted">,
  isTheirs?: RowTest,
): WantedRows {
  const tests: RowTest[] = [];
  if (isTheirs !== undefined) tests.push(isTheirs);
  if (when !== undefined) tests.push(conditionOf(when));
  if (isWanted !== undefined) tests.push(isWanted);
  return {
    isWanted: tests.length === 0 ? undefined : (row) => tests.every((test) => test(row)),
    wantedMark: when === undefined ? "" : `-${digestOf(when)}`,
  };
}

function conditionOf(when: string): RowTest {
  const test = compileRowTest(when);
  return (row) => test(signalOf(row), row.row);
}

const DIGEST_LENGTH = 8;

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, DIGEST_LENGTH);
}
