import type { Attributes, AttributeValue } from "#api/contract/values.ts";
import { CopyButton } from "../../components/button.tsx";
import { Value } from "../../components/text.tsx";

/** Keys and values, in the order of the keys. Values keep their type: text stands plain, the rest in colour. */
export function AttributeList({ attributes }: { attributes: Attributes }) {
  const entries = Object.entries(attributes).toSorted(([left], [right]) => (left < right ? -1 : 1));
  if (entries.length === 0) return <p className="text-xs text-faint">None</p>;
  return (
    <dl className="grid grid-cols-[fit-content(42%)_minmax(0,1fr)] divide-y divide-line border-y border-line font-mono text-xs">
      {entries.map(([key, value]) => (
        <Attribute key={key} name={key} value={value} />
      ))}
    </dl>
  );
}

/** A value longer than this, or of several lines, has the whole width under its key. */
const BESIDE_CHARACTERS_MAX = 120;

function Attribute({ name, value }: { name: string; value: AttributeValue }) {
  const text = valueText(value);
  const isLong = text.length > BESIDE_CHARACTERS_MAX || text.includes("\n");
  const width = isLong ? "col-span-2" : "";
  const look = typeof value === "string" ? "" : "text-accent";
  return (
    <div className="group relative col-span-2 grid grid-cols-subgrid items-start gap-x-3 gap-y-0.5 py-1 hover:bg-hover">
      <dt className={`min-w-0 text-muted ${width}`}>
        <Value value={name} />
      </dt>
      <dd className={`min-w-0 ${width} ${look} ${value === null ? "italic" : ""}`}>
        <Value value={text} />
      </dd>
      <dd className="absolute top-0 right-0 -my-0.5 rounded-md bg-hover opacity-0 group-hover:opacity-100 focus-within:opacity-100 pointer-coarse:opacity-100">
        <CopyButton text={text} label="Copy the value" />
      </dd>
    </div>
  );
}

function valueText(value: AttributeValue): string {
  if (typeof value === "string") return value;
  if (value === null) return "(no value)";
  return typeof value === "object" ? JSON.stringify(value, null, 2) : String(value);
}
