import { type Fragment, join, literal, sql, table } from "#store/sql.ts";
import type { TableName } from "#store/tables.ts";

/**
 * The only way from a query to a table: every FROM is made here, and none without the organization.
 * `test/`s beside this file hold the rest of the folder to that.
 */
export class Scoped {
  readonly #org: Fragment;

  constructor(org: string) {
    this.#org = literal.string(org);
  }

  /** `FROM … WHERE org = … AND …`: rows of this organization for which all conditions hold. */
  from(name: TableName, conditions: readonly Fragment[]): Fragment {
    return sql`FROM ${table(name)}
WHERE ${allOf([sql`org = ${this.#org}`, ...conditions])}`;
  }
}

/** All conditions hold. Each must bind tighter than AND; {@link anyOf} gives such ones. */
export function allOf(conditions: readonly Fragment[]): Fragment {
  return conditions.length === 0 ? sql`true` : join(conditions, "\n  AND ");
}

/** At least one condition holds. */
export function anyOf(conditions: readonly Fragment[]): Fragment {
  if (conditions.length === 0) return sql`false`;
  if (conditions.length === 1) return conditions[0]!;
  return sql`(${join(
    conditions.map((condition) => sql`(${condition})`),
    " OR ",
  )})`;
}
