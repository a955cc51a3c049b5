import { Buffer } from "node:buffer";
import { z } from "zod";
import { found } from "./found.ts";

/** Sentences with labels, in the shape of presidio-research. */
const SENTENCES = z.array(
  z.object({
    full_text: z.string(),
    spans: z.array(
      z.object({ entity_type: z.string(), entity_value: z.string(), start_position: z.number() }),
    ),
  }),
);

/** Our names of the labels that are ours to find. */
const KIND_OF: Readonly<Record<string, string>> = {
  EMAIL_ADDRESS: "email",
  PHONE_NUMBER: "phone",
  US_SSN: "ssn",
  CREDIT_CARD: "credit_card",
  IP_ADDRESS: "ip_address",
  IBAN_CODE: "iban",
};

/** What of a sentence must be found, by bytes. */
export interface Label {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

export interface Sentence {
  readonly text: string;
  readonly labels: readonly Label[];
}

/** How well one kind is found. */
export interface KindQuality {
  labels: number;
  /** Labels that matches of whatever kind cover whole. */
  covered: number;
  matches: number;
  /** Matches that overlap a label of their kind. */
  right: number;
}

export interface Quality {
  readonly kinds: Readonly<Record<string, KindQuality>>;
  /** Of all kinds together. */
  readonly recall: number;
  readonly cleanSentences: number;
  readonly cleanChanged: number;
  /** Sentences with a label that is not covered, and clean ones that would be changed: for whoever mends that. */
  readonly wrong: readonly string[];
}

/** The sentences of a file in the shape of presidio-research. Its positions count code points. */
export function sentencesOf(json: string): Sentence[] {
  return SENTENCES.parse(JSON.parse(json)).map(({ full_text, spans }) => {
    const characters = Array.from(full_text);
    const labels = spans.flatMap(({ entity_type, entity_value, start_position }) => {
      const kind = KIND_OF[entity_type];
      if (kind === undefined) return [];
      const start = Buffer.byteLength(characters.slice(0, start_position).join(""));
      return [{ kind, start, end: start + Buffer.byteLength(entity_value) }];
    });
    return { text: full_text, labels };
  });
}

/** The half that detectors were tuned on, and the half that was only measured. */
export function halves(json: string): Readonly<Record<"tuned" | "heldOut", Quality>> {
  const sentences = sentencesOf(json);
  return {
    tuned: qualityOf(sentences.filter((_, index) => index % 2 === 0)),
    heldOut: qualityOf(sentences.filter((_, index) => index % 2 === 1)),
  };
}

/** How well the detectors do on sentences; one without labels is clean. */
export function qualityOf(sentences: readonly Sentence[]): Quality {
  const kinds: Record<string, KindQuality> = {};
  const of = (kind: string): KindQuality =>
    (kinds[kind] ??= { labels: 0, covered: 0, matches: 0, right: 0 });
  const wrong: string[] = [];
  let [cleanSentences, cleanChanged] = [0, 0];
  for (const { text, labels } of sentences) {
    const matches = found(text);
    if (labels.length === 0) {
      cleanSentences++;
      if (matches.length > 0) cleanChanged++;
    }
    for (const { kind, start, end } of labels) {
      of(kind).labels++;
      const isCovered = matches.some((match) => match.start <= start && match.end >= end);
      if (isCovered) of(kind).covered++;
      else wrong.push(`${kind} missed: ${text}`);
    }
    for (const { kind, start, end, text: match } of matches) {
      of(kind).matches++;
      const isRight = labels.some((l) => l.kind === kind && l.start < end && l.end > start);
      if (isRight) of(kind).right++;
      else wrong.push(`${kind} taken for one: ${match} in ${text}`);
    }
  }
  const all = Object.values(kinds);
  const labels = all.reduce((sum, kind) => sum + kind.labels, 0);
  const covered = all.reduce((sum, kind) => sum + kind.covered, 0);
  return { kinds, recall: covered / labels, cleanSentences, cleanChanged, wrong };
}

/** The share of a kind's labels that are covered. */
export function recallOf({ labels, covered }: KindQuality): number {
  return covered / labels;
}

/** The share of a kind's matches that are right. */
export function precisionOf({ matches, right }: KindQuality): number {
  return right / matches;
}
