import { z } from "zod";
import type { Attribute, Resource } from "#core/attributes.ts";
import { severityOf } from "#core/vocabulary.ts";
import type { Row } from "./delivery.ts";
import { attributesOf, resourceOf, signalOf, timeMsOf } from "./row-facts.ts";

/** What a name in braces may stand for, in words; a destination allows some of them. */
const PLACEHOLDERS = {
  org: "{org}",
  signal: "{signal}",
  level: "{level}",
  time: "times such as {yyyy-MM-dd} or {HH}",
  resource: "attributes of the resource such as {service.name} (or {resource.<key>})",
  attribute: "{attribute.<key>}",
} as const;

export type PlaceholderKind = keyof typeof PLACEHOLDERS;

/** A name in braces. */
export interface Placeholder {
  readonly kind: PlaceholderKind;
  /** The attribute's key, or how the time is written. */
  readonly key: string;
}

/** A template's texts and placeholders, in their order. */
export type NameTemplate = readonly (string | Placeholder)[];

const BRACES = /\{([^{}]*)\}/g;
const TIME = /^[._-]*(?:(?:yyyy|MM|dd|HH)[._-]*)+$/;
const TIME_PARTS = /yyyy|MM|dd|HH/g;
/** Before the key of an attribute, where it does not go without saying. */
const RESOURCE = "resource.";
const ATTRIBUTE = "attribute.";

/** The placeholders of these kinds as a sentence names them. */
export function placeholdersInWords(allowed: readonly PlaceholderKind[]): string {
  const words = allowed.map((kind) => PLACEHOLDERS[kind]);
  return new Intl.ListFormat("en", { type: "conjunction" }).format(words);
}

/**
 * The template in a text such as `/shop/{service.name}/{yyyy-MM-dd}`: names that rows give to where they go, of
 * every destination in the same way. A name with a point is an attribute of the resource.
 *
 * @example
 * const template = nameTemplate("{org}-{signal}", ["org", "signal"]);
 * template.map((part) => (typeof part === "string" ? part : placeholderValue(part, row, org))).join("");
 * @throws RangeError when it is none, or has a placeholder that is not allowed.
 */
export function nameTemplate(text: string, allowed: readonly PlaceholderKind[]): NameTemplate {
  return text.split(BRACES).map((part, index) => {
    if (index % 2 === 0) {
      if (/[{}]/.test(part)) throw new RangeError("a brace of it has no other");
      return part;
    }
    const found = placeholderOf(part);
    if (found !== undefined && allowed.includes(found.kind)) return found;
    throw new RangeError(`{${part}} is not known here; there are ${placeholdersInWords(allowed)}`);
  });
}

/** The setting of a template with these placeholders; its value is the text. */
export function nameTemplateSetting(allowed: readonly PlaceholderKind[], charactersMax: number) {
  return z
    .string()
    .min(1)
    .max(charactersMax)
    .superRefine((text, context) => {
      const message = whyNoTemplate(text, allowed);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    });
}

/** Why a text is no template with these placeholders; undefined when it is one. */
export function whyNoTemplate(
  text: string,
  allowed: readonly PlaceholderKind[],
): string | undefined {
  try {
    nameTemplate(text, allowed);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/** What a placeholder stands for at a row; empty where the row does not have it. */
export function placeholderValue({ kind, key }: Placeholder, row: Row, org: string): string {
  switch (kind) {
    case "org":
      return org;
    case "signal":
      return signalOf(row);
    case "level":
      return (row.kind === "log" ? severityOf(row.row.severity) : undefined) ?? "";
    case "time":
      return timeText(key, timeMsOf(row));
    case "resource":
      return resourceText(resourceOf(row), key);
    case "attribute":
      return textOf(attributesOf(row), key);
  }
}

/** An attribute of a resource; empty where it has none of that key. */
export function resourceText({ attributes }: Resource, key: string): string {
  return textOf(attributes, key);
}

function textOf(attributes: readonly Attribute[], key: string): string {
  return attributes.find((attribute) => attribute.key === key)?.value ?? "";
}

function placeholderOf(name: string): Placeholder | undefined {
  if (name === "org" || name === "signal" || name === "level") return { kind: name, key: "" };
  if (TIME.test(name)) return { kind: "time", key: name };
  if (name.startsWith(ATTRIBUTE)) return keyed("attribute", name.slice(ATTRIBUTE.length));
  if (name.startsWith(RESOURCE)) return keyed("resource", name.slice(RESOURCE.length));
  return name.includes(".") ? keyed("resource", name) : undefined;
}

function keyed(kind: PlaceholderKind, key: string): Placeholder | undefined {
  return key === "" ? undefined : { kind, key };
}

/** By UTC. */
function timeText(pattern: string, timeMs: number): string {
  const time = new Date(timeMs);
  const parts: Readonly<Record<string, string>> = {
    yyyy: String(time.getUTCFullYear()).padStart(4, "0"),
    MM: twoDigits(time.getUTCMonth() + 1),
    dd: twoDigits(time.getUTCDate()),
    HH: twoDigits(time.getUTCHours()),
  };
  return pattern.replaceAll(TIME_PARTS, (part) => parts[part]!);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
