import { z } from "zod";
import { answerError, type Meaning } from "#pipeline/outbound/answer-error.ts";
import type { OutboundResponse } from "#pipeline/outbound/outbound.ts";

/** What HEC answers of the events of a request. */
export type Verdict =
  | { readonly kind: "accepted"; readonly ackId: number | undefined }
  /** It took the events before this one, refuses this one, and has not looked at those after it. */
  | {
      readonly kind: "stopped";
      readonly at: number;
      readonly reason: string;
      readonly isIndex: boolean;
      readonly ackId: number | undefined;
    }
  | { readonly kind: "failed"; readonly error: Error };

const hecAnswer = z.object({
  text: z.string().default(""),
  code: z.int().optional(),
  "invalid-event-number": z.int().min(0).optional(),
  ackId: z.int().min(0).optional(),
});

/**
 * Codes about the one event that the answer names
 * (https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector):
 * data format, no event, blank event, indexed fields.
 */
const ABOUT_EVENT = new Set([6, 12, 13, 15]);
/** The event's index is none that the token may write to. This alone counts events from 1. */
const INCORRECT_INDEX = 7;
/** About the token or its header: someone may mend it. */
const ABOUT_TOKEN = new Set([1, 2, 3, 4, 16, 21, 22]);
const CHANNEL_MISSING = new Set([10, 28]);
const ACK_DISABLED = 14;
/** About the channel or the index, whatever the events are: the settings do not fit the token. */
const ABOUT_SETTINGS = new Set([...CHANNEL_MISSING, 11, ACK_DISABLED, INCORRECT_INDEX]);

export function verdictOf(answer: OutboundResponse, nowMs: number): Verdict {
  const { status } = answer;
  const said = parsedAnswer(answer.body);
  const { code, ackId, "invalid-event-number": number } = said ?? {};
  const isIndex = code === INCORRECT_INDEX;
  if (status === 400 && code !== undefined && number !== undefined) {
    const reason = `code ${code}: ${said!.text}`;
    if (ABOUT_EVENT.has(code)) return { kind: "stopped", at: number, reason, isIndex, ackId };
    if (isIndex && number > 0) return { kind: "stopped", at: number - 1, reason, isIndex, ackId };
  }
  const error = errorOf(answer, nowMs);
  return error === undefined ? { kind: "accepted", ackId } : { kind: "failed", error };
}

/** What is wrong with an answer as a whole; undefined when nothing is. */
export function errorOf(answer: OutboundResponse, nowMs: number): Error | undefined {
  const { code, text } = parsedAnswer(answer.body) ?? {};
  if (code === undefined) return answerError(answer, { nowMs });
  const meaning = meaningOfCode(code);
  return answerError(answer, {
    nowMs,
    said: `code ${code}: ${text}`,
    hint: hintOf(code),
    ...(meaning === undefined ? {} : { meaning }),
  });
}

/** Undefined where the status says it as well. */
function meaningOfCode(code: number): Meaning | undefined {
  if (ABOUT_TOKEN.has(code)) return "sender";
  return ABOUT_SETTINGS.has(code) ? "target" : undefined;
}

function hintOf(code: number): string {
  if (CHANNEL_MISSING.has(code)) return "; this token needs acknowledgements: true";
  return code === ACK_DISABLED ? "; this token needs acknowledgements: false" : "";
}

const acksAnswer = z.object({ acks: z.record(z.string(), z.boolean()) });

/** Which requests were indexed, of an answer of `/services/collector/ack`; undefined when it is none. */
export function acknowledgedOf(body: Buffer): number[] | undefined {
  const acks = acksAnswer.safeParse(parsedJson(body)).data?.acks;
  if (acks === undefined) return undefined;
  return Object.entries(acks).flatMap(([id, isIndexed]) => (isIndexed ? [Number(id)] : []));
}

function parsedAnswer(body: Buffer): z.infer<typeof hecAnswer> | undefined {
  return hecAnswer.safeParse(parsedJson(body)).data;
}

function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
