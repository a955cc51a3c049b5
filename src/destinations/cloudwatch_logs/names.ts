import type { Row } from "#pipeline/delivery/delivery.ts";
import {
  nameTemplate,
  type PlaceholderKind,
  placeholderValue,
} from "#pipeline/delivery/name-template.ts";

/** Of groups and of streams. */
export const NAME_CHARACTERS_MAX = 512;
/** What stands for a value that a row does not have. */
const UNKNOWN = "unknown";

/** Characters that a name may not have (the API's `LogGroupName` and `LogStreamName`). */
const FORBIDDEN = { group: /[^.\-_/#A-Za-z0-9]/g, stream: /[:*]/g } as const;

/** What the names of groups and streams may be made of. */
export const NAME_PLACEHOLDERS: readonly PlaceholderKind[] = [
  "org",
  "signal",
  "level",
  "time",
  "resource",
  "attribute",
];

/**
 * What names rows by a template: each placeholder is filled in, and what the service does not allow in
 * a name becomes `_`.
 *
 * @example nameBy("/shop/{service.name}", "group")({ kind: "log", row }, "default"); // "/shop/cart"
 */
export function nameBy(
  template: string,
  kind: keyof typeof FORBIDDEN,
): (row: Row, org: string) => string {
  const parts = nameTemplate(template, NAME_PLACEHOLDERS);
  return (row, org) => {
    const filled = parts.map((part) =>
      typeof part === "string" ? part : placeholderValue(part, row, org) || UNKNOWN,
    );
    // Half of a surrogate pair would be another name each time that it is written.
    const name = filled.join("").toWellFormed().replaceAll(FORBIDDEN[kind], "_");
    return name.slice(0, NAME_CHARACTERS_MAX).toWellFormed();
  };
}
