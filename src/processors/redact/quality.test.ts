import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  precisionOf,
  type Quality,
  qualityOf,
  recallOf,
  sentencesOf,
} from "./testing/labelled-sentences.ts";
import { cleanSentences, personalSentences } from "./testing/personal-samples.ts";

/** What is asked of all kinds together. */
const RECALL_MIN = 0.97;
const CLEAN_CHANGED_MAX = 0.01;
/** Of each kind by itself. */
const PRECISION_MIN = 0.97;

/** Shows which sentences it was where they are too many. */
function expectMet(isMet: boolean, { wrong }: Quality, about = ""): void {
  const shown = wrong.filter((one) => one.startsWith(about)).slice(0, SHOWN_MAX);
  expect(isMet ? [] : shown).toEqual([]);
}

const SHOWN_MAX = 100;

function isHardlyChanged({ cleanChanged, cleanSentences: clean }: Quality): boolean {
  return cleanChanged <= CLEAN_CHANGED_MAX * clean;
}

describe("sentences with labels of others", () => {
  const file = new URL("../../../../shared/data/pii/sentences.json", import.meta.url);

  it("have what is personal found, and hardly anything else", ({ skip }) => {
    skip(!existsSync(file), "the folder of sentences is not beside this repository");
    const quality = qualityOf(sentencesOf(readFileSync(file, "utf8")));
    expectMet(quality.recall >= RECALL_MIN && isHardlyChanged(quality), quality);
    for (const [kind, one] of Object.entries(quality.kinds))
      expectMet(precisionOf(one) >= PRECISION_MIN, quality, kind);
  });
});

describe("sentences made of documented formats", () => {
  const quality = qualityOf([...personalSentences(11, 20), ...cleanSentences(12, 40)]);

  it.each(["email", "phone", "credit_card", "ssn", "ip_address", "iban"])(
    "have %s found, and nothing else taken for one",
    (kind) => {
      const one = quality.kinds[kind]!;
      const isMet = recallOf(one) >= RECALL_MIN && precisionOf(one) >= PRECISION_MIN;
      expectMet(isMet, quality, kind);
    },
  );

  it("stay as they are where nothing is personal", () => {
    expectMet(isHardlyChanged(quality), quality);
  });
});
