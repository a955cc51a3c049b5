import type { GroupsAnswer } from "#api/contract/trace-views.ts";

/** The figures of a group, in the order of the columns. */
export const GROUP_COLUMNS = ["count", "errorRate", "p50Ms", "p95Ms", "p99Ms"] as const;
export type GroupColumn = (typeof GROUP_COLUMNS)[number];

/** Groups as columns and rows of a file; below 1 `countedShare` says that the figures are estimates. */
export function groupsTable(
  { data, scanned }: GroupsAnswer,
  by: string,
): [columns: string[], rows: (string | number)[][]] {
  return [
    [by, ...GROUP_COLUMNS, "countedShare"],
    data.map((group) => [
      group.value,
      ...GROUP_COLUMNS.map((column) => group[column]),
      scanned.share,
    ]),
  ];
}
