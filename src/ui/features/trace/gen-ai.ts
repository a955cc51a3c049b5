import type { Attributes, AttributeValue } from "#api/contract/values.ts";
import type { SpanEvent } from "#api/contract/traces.ts";

/** One message between a program and its model, as text. */
export interface ModelMessage {
  readonly role: string;
  /** Each a paragraph, a call of a tool or its result. */
  readonly parts: readonly string[];
}

/** Messages that are read of one span; the raw attributes have the rest. */
const MESSAGES_MAX = 100;

/**
 * The messages of a span with `gen_ai.*` attributes, oldest first. Reads what the semantic conventions have
 * named over time: `gen_ai.system_instructions`, `gen_ai.input.messages` and `gen_ai.output.messages` (values,
 * or JSON), numbered `gen_ai.prompt.0.content` and `gen_ai.completion.0.content`, and an event for each message
 * (`gen_ai.user.message`, `gen_ai.choice` …). What is none of these is no message.
 */
export function modelMessages(
  attributes: Attributes,
  events: readonly SpanEvent[],
): readonly ModelMessage[] {
  const details = events.find(
    ({ name }) => name === "gen_ai.client.inference.operation.details",
  )?.attributes;
  const whole = { ...details, ...attributes };
  const messages = [
    ...instructions(whole["gen_ai.system_instructions"]),
    ...listed(whole["gen_ai.input.messages"], "user"),
    ...numbered(whole, "gen_ai.prompt", "user"),
    ...events.flatMap(ofEvent),
    ...listed(whole["gen_ai.output.messages"], "assistant"),
    ...numbered(whole, "gen_ai.completion", "assistant"),
  ];
  return messages.filter(({ parts }) => parts.length > 0).slice(0, MESSAGES_MAX);
}

function instructions(value: AttributeValue | undefined): ModelMessage[] {
  const parts = partsOf(parsed(value));
  return parts.length === 0 ? [] : [{ role: "system", parts }];
}

function listed(value: AttributeValue | undefined, role: string): ModelMessage[] {
  const list = parsed(value);
  if (!Array.isArray(list))
    return partsOf(list).length === 0 ? [] : [{ role, parts: partsOf(list) }];
  return list.map((message) => messageOf(message, role));
}

function messageOf(message: AttributeValue, role: string): ModelMessage {
  if (!isMap(message)) return { role, parts: partsOf(message) };
  const given = message["role"];
  return {
    role: typeof given === "string" ? given : role,
    parts: [
      ...partsOf(message["parts"] ?? message["content"] ?? null),
      ...partsOf(message["tool_calls"] ?? null),
    ],
  };
}

/** `gen_ai.prompt.0.role`, `gen_ai.prompt.0.content` …, in the order of their numbers. */
function numbered(attributes: Attributes, prefix: string, role: string): ModelMessage[] {
  const messages: ModelMessage[] = [];
  for (let place = 0; place < MESSAGES_MAX; place++) {
    const content = attributes[`${prefix}.${place}.content`];
    if (content === undefined) break;
    const given = attributes[`${prefix}.${place}.role`];
    const parts = partsOf(parsed(content));
    messages.push({ role: typeof given === "string" ? given : role, parts });
  }
  return messages;
}

const EVENT = /^gen_ai\.(?:(system|user|assistant|tool)\.message|choice)$/;

function ofEvent({ name, attributes }: SpanEvent): ModelMessage[] {
  const match = EVENT.exec(name);
  if (match === null) return [];
  const role = match[1] ?? "assistant";
  const message = parsed(attributes["message"]);
  if (isMap(message)) return [messageOf(message, role)];
  const content = parsed(attributes["content"] ?? attributes["gen_ai.event.content"]);
  return [{ role, parts: [...partsOf(content), ...partsOf(parsed(attributes["tool_calls"]))] }];
}

/** Text that is JSON as what it says; any other value as it is. */
function parsed(value: AttributeValue | undefined): AttributeValue {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value ?? null;
  try {
    return JSON.parse(value) as AttributeValue;
  } catch {
    return value;
  }
}

function isMap(value: AttributeValue): value is Record<string, AttributeValue> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The texts of a content: a string, a part with its text, a call of a tool, or a list of these. */
function partsOf(content: AttributeValue): string[] {
  if (content === null || content === "") return [];
  if (Array.isArray(content)) return content.flatMap(partsOf);
  if (!isMap(content)) return [typeof content === "string" ? content : String(content)];
  for (const key of ["text", "content"]) {
    const text = content[key];
    if (typeof text === "string") return text === "" ? [] : [text];
  }
  return [JSON.stringify(content, null, 2)];
}
