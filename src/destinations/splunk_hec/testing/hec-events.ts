/** What stands around an event. */
export interface Envelope {
  readonly time?: unknown;
  readonly host?: string;
  readonly source?: string;
  readonly sourcetype?: string;
  readonly index?: string;
  readonly event?: unknown;
  readonly fields?: Readonly<Record<string, unknown>>;
}

const KNOWN = new Set(["time", "host", "source", "sourcetype", "index", "event", "fields"]);

/** The objects of a body, which stand one after the other; `isBroken` when the rest of it is none. */
export function envelopesOf(text: string): {
  readonly envelopes: readonly Envelope[];
  readonly isBroken: boolean;
} {
  const envelopes: Envelope[] = [];
  let from = 0;
  while (from < text.length) {
    const to = endOfObject(text, from);
    try {
      const parsed = JSON.parse(text.slice(from, to)) as Envelope;
      if (Object.keys(parsed).some((key) => !KNOWN.has(key))) return { envelopes, isBroken: true };
      envelopes.push(parsed);
    } catch {
      return { envelopes, isBroken: text.slice(from).trim() !== "" };
    }
    from = to;
  }
  return { envelopes, isBroken: false };
}

/** The place after an object, by its braces outside of texts. */
function endOfObject(text: string, from: number): number {
  let depth = 0;
  let isText = false;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (isText && character === "\\") at += 1;
    else if (character === '"') isText = !isText;
    else if (!isText && character === "{") depth += 1;
    else if (!isText && character === "}" && (depth -= 1) === 0) return at + 1;
  }
  return text.length;
}

/** The code with which an event is refused for itself, if it is. */
export function problemOf({ time, event, fields, ...metadata }: Envelope): number | undefined {
  if (time !== undefined && !(typeof time === "number" && time > 0)) return 6;
  if (Object.values(metadata).some((text) => typeof text !== "string" || text === "")) return 6;
  if (event === undefined || event === null) return 12;
  if (typeof event === "string" && event.trim() === "") return 13;
  if (fields === undefined) return event === "metric" ? 15 : undefined;
  const isFlat = Object.entries(fields).every(
    ([name, value]) => name !== "" && isFieldValue(value),
  );
  if (!isFlat) return 15;
  return event === "metric" && !isMetric(fields) ? 15 : undefined;
}

function isFieldValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((one) => typeof one === "string");
  return typeof value === "string" || typeof value === "number";
}

/** https://help.splunk.com/en/splunk-enterprise/get-data-in/metrics: one measurement at least, and dimensions of text. */
function isMetric(fields: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(fields);
  const measured = names.filter((name) => name.startsWith("metric_name:"));
  const dimensions = names.filter((name) => !name.startsWith("metric_name:"));
  return (
    measured.length > 0 &&
    measured.every((name) => typeof fields[name] === "number") &&
    dimensions.every(
      (name) => typeof fields[name] === "string" && !/^(?:_|metric_name$)/.test(name),
    )
  );
}
