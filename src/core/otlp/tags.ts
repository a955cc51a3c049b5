import { ENUMS, type FieldSpec, MESSAGES, type MessageName } from "./messages.ts";
import { SCALARS, type Scalar } from "./scalars.ts";

/** The tags of a message's fields in protobuf (number and wire type), by their names: numbers in lists are packed. */
export type Tags<Name extends MessageName> = Readonly<
  Record<keyof (typeof MESSAGES)[Name], number>
>;

const LENGTH_DELIMITED = 2;

export function tagsOf<Name extends MessageName>(name: Name): Tags<Name> {
  const fields = Object.entries<FieldSpec>(MESSAGES[name]);
  const tags = fields.map(([field, spec]) => [field, spec.number * 8 + wireTypeOf(spec)]);
  return Object.fromEntries(tags) as Tags<Name>;
}

function wireTypeOf({ type, presence }: FieldSpec): number {
  if (presence === "many") return LENGTH_DELIMITED;
  if (Object.hasOwn(ENUMS, type)) return 0;
  const scalars: Readonly<Record<string, Scalar>> = SCALARS;
  return scalars[type]?.wireType ?? LENGTH_DELIMITED;
}
