import { Buffer } from "node:buffer";
import { z } from "zod";
import { found } from "#processors/redact/testing/found.ts";

/** Sentences with labels, in the shape of presidio-research. */
const SENTENCES = z.array(
  z.object({
    full_text: z.string(),
    spans: z.array(
      z.object({ entity_type: z.string(), entity_value: z.string(), start_position: z.number() }),
    ),
  }),
);
type Sentence = z.infer<typeof SENTENCES>[number];

/** Our names of the labels that are ours to find. */
const KIND_OF: Readonly<Record<string, string>> = {
  EMAIL_ADDRESS: "email",
  PHONE_NUMBER: "phone",
  US_SSN: "ssn",
  CREDIT_CARD: "credit_card",
  IP_ADDRESS: "ip_address",
  IBAN_CODE: "iban",
};

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
  readonly recall: number;
  readonly cleanSentences: number;
  readonly cleanChanged: number;
}

/** The half that detectors were tuned on, and the half that was only measured. */
export function halves(json: string): Readonly<Record<"tuned" | "heldOut", Quality>> {
  const sentences = SENTENCES.parse(JSON.parse(json));
  return {
    tuned: qualityOf(sentences.filter((_, index) => index % 2 === 0)),
    heldOut: qualityOf(sentences.filter((_, index) => index % 2 === 1)),
  };
}

function qualityOf(sentences: readonly Sentence[]): Quality {
  const kinds: Record<string, KindQuality> = {};
  const of = (kind: string): KindQuality =>
    (kinds[kind] ??= { labels: 0, covered: 0, matches: 0, right: 0 });
  let [cleanSentences, cleanChanged] = [0, 0];
  for (const sentence of sentences) {
    const labels = labelsOf(sentence);
    const matches = found(sentence.full_text);
    if (labels.length === 0) {
      cleanSentences++;
      if (matches.length > 0) cleanChanged++;
    }
    for (const { kind, start, end } of labels) {
      of(kind).labels++;
      if (matches.some((match) => match.start <= start && match.end >= end)) of(kind).covered++;
    }
    for (const { kind, start, end } of matches) {
      of(kind).matches++;
      const isRight = labels.some((l) => l.kind === kind && l.start < end && l.end > start);
      if (isRight) of(kind).right++;
    }
  }
  const all = Object.values(kinds);
  const labels = all.reduce((sum, kind) => sum + kind.labels, 0);
  const covered = all.reduce((sum, kind) => sum + kind.covered, 0);
  return { kinds, recall: covered / labels, cleanSentences, cleanChanged };
}

/** Positions of the data count code points, those of matches bytes. */
function labelsOf(sentence: Sentence): { kind: string; start: number; end: number }[] {
  const characters = Array.from(sentence.full_text);
  return sentence.spans.flatMap(({ entity_type, entity_value, start_position }) => {
    const kind = KIND_OF[entity_type];
    if (kind === undefined) return [];
    const start = Buffer.byteLength(characters.slice(0, start_position).join(""));
    return [{ kind, start, end: start + Buffer.byteLength(entity_value) }];
  });
}
