import { SightglassError } from "#core/errors.ts";

/** Labels of one stream; Loki itself allows 15. */
const LABELS_MAX = 128;

export type Labels = readonly (readonly [name: string, value: string])[];

const LABEL = /\s*([a-zA-Z_:][a-zA-Z0-9_:.]*)\s*=\s*/y;
/** A string of Go: quoted with escapes, or raw between backquotes. */
const QUOTED = /"((?:[^"\\]|\\.)*)"|`([^`]*)`/suy;
const ESCAPE =
  /\\(?:([abfnrtv\\'"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/g;
const ESCAPED: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/**
 * Reads a stream's labels as the protobuf form has them: `{app="shop", level="info"}`, values being
 * quoted as in Go (https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs).
 *
 * @throws SightglassError `bad_payload`
 */
export function parseLabels(text: string): Labels {
  const trimmed = text.trim();
  if (!trimmed.startsWith("{") || !trimmed.endsWith("}")) throw invalid(text, 0);
  const end = trimmed.length - 1;
  const labels: [string, string][] = [];
  let at = 1;
  while (at < end) {
    if (/^\s*$/.test(trimmed.slice(at, end)) && labels.length === 0) break;
    LABEL.lastIndex = at;
    const name = LABEL.exec(trimmed);
    if (name === null) throw invalid(text, at);
    QUOTED.lastIndex = LABEL.lastIndex;
    const value = QUOTED.exec(trimmed);
    if (value === null) throw invalid(text, LABEL.lastIndex);
    if (labels.push([name[1]!, value[2] ?? unescaped(value[1]!)]) > LABELS_MAX) throw tooMany();
    at = QUOTED.lastIndex;
    while (trimmed[at] === " ") at++;
    if (at < end && trimmed[at++] !== ",") throw invalid(text, at - 1);
  }
  return labels;
}

/** Labels as JSON has them, an object of strings. @throws SightglassError `bad_payload` */
export function labelsOfObject(labels: unknown, where: string): Labels {
  if (typeof labels !== "object" || labels === null || Array.isArray(labels)) {
    throw new SightglassError("bad_payload", `${where}: allowed is an object of strings`);
  }
  const entries = Object.entries(labels);
  if (entries.length > LABELS_MAX) throw tooMany();
  return entries.map(([name, value]: [string, unknown]) => {
    if (typeof value === "string") return [name, value];
    // Some clients write numbers and booleans as they are.
    if (typeof value === "number" || typeof value === "boolean") return [name, String(value)];
    throw new SightglassError("bad_payload", `${where}.${name}: allowed is a string`);
  });
}

function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(ESCAPE, (all: string, plain?: string, hex?: string, ...more: unknown[]) => {
    if (plain !== undefined) return ESCAPED[plain] ?? plain;
    const [four, eight] = more as (string | undefined)[];
    const digits = hex ?? four ?? eight;
    const code = digits === undefined ? parseInt(all.slice(1), 8) : parseInt(digits, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
  });
}

function invalid(text: string, at: number): SightglassError {
  return new SightglassError(
    "bad_payload",
    `labels: found ${text.slice(0, 200)}, not valid from character ${at}, allowed is {name="value", …}`,
  );
}

function tooMany(): SightglassError {
  return new SightglassError("bad_payload", `labels: found more than ${LABELS_MAX}`);
}
