import type { ReplayOutcome } from "./delivering-destination.ts";
import type { KeptLetter, KeptLetters } from "./kept-letter.ts";

/** The dead letters of one destination of one pipeline. */
export interface DeadLetterBox {
  readonly pipeline: string;
  /** Its name in the graph, such as `webhook/slack`. */
  readonly destination: string;
  readonly letters: KeptLetters;
  /** Sends letters to the destination again; those that it takes are deleted. */
  replay(ids: readonly string[]): Promise<ReplayOutcome>;
}

/** A dead letter with whose it is. */
export interface FiledLetter {
  readonly box: DeadLetterBox;
  readonly letter: KeptLetter;
}

/** Where a page ended: in which box, and after which place in it. */
export interface BoxPlace {
  readonly pipeline: string;
  readonly destination: string;
  /** Undefined for a box from which nothing was taken yet. */
  readonly after?: string | undefined;
}

export interface FiledPage {
  readonly letters: readonly FiledLetter[];
  /** Undefined after the last. */
  readonly next: BoxPlace | undefined;
}

/** Letters that are sent again before it is looked whether that is worth it. */
const REPLAY_PAGE = 100;
/** Letters in a row that fail before a replay of all is ended: what is wrong is not about one row. */
const FAILURES_IN_A_ROW_MAX = 10;

/** The letters of an organization, box by box, and in each from the oldest to the newest. */
export async function listDeadLetters(
  boxes: readonly DeadLetterBox[],
  org: string,
  page: { readonly limit: number; readonly from?: BoxPlace | undefined },
): Promise<FiledPage> {
  const { limit, from } = page;
  const ordered = boxes
    .filter((box) => from === undefined || compareBoxes(box, from) >= 0)
    .toSorted(compareBoxes);
  const letters: FiledLetter[] = [];
  for (const box of ordered) {
    const { pipeline, destination } = box;
    let after = from !== undefined && compareBoxes(box, from) === 0 ? from.after : undefined;
    do {
      if (letters.length === limit) return { letters, next: { pipeline, destination, after } };
      const found = await box.letters.list({ org, limit: limit - letters.length, after });
      for (const letter of found.letters) letters.push({ box, letter });
      after = found.after;
    } while (after !== undefined);
  }
  return { letters, next: undefined };
}

/** The letter with an id; ids are those of rows, and no two destinations have the same. */
export async function findDeadLetter(
  boxes: readonly DeadLetterBox[],
  org: string,
  id: string,
): Promise<FiledLetter | undefined> {
  for (const box of boxes) {
    const letter = await box.letters.get(id, org);
    if (letter !== undefined) return { box, letter };
  }
  return undefined;
}

/**
 * Sends the letters of a box again, from the oldest on, `lettersMax` at most. It ends early when ten in a
 * row are not taken: then it is the destination that is unwell.
 */
export async function replayBox(
  box: DeadLetterBox,
  org: string,
  lettersMax: number,
): Promise<ReplayOutcome> {
  const failed: ReplayOutcome["failed"][number][] = [];
  let [delivered, failuresInARow] = [0, 0];
  let from: BoxPlace | undefined;
  do {
    const limit = Math.min(REPLAY_PAGE, lettersMax - delivered - failed.length);
    const page = await listDeadLetters([box], org, { limit, from });
    for (const {
      letter: { id },
    } of page.letters) {
      const outcome = await box.replay([id]);
      delivered += outcome.delivered;
      failed.push(...outcome.failed);
      failuresInARow = outcome.delivered > 0 ? 0 : failuresInARow + 1;
      if (failuresInARow === FAILURES_IN_A_ROW_MAX) return { delivered, failed };
    }
    from = page.next;
  } while (from !== undefined && delivered + failed.length < lettersMax);
  return { delivered, failed };
}

function compareBoxes(
  a: Pick<DeadLetterBox, "pipeline" | "destination">,
  b: Pick<DeadLetterBox, "pipeline" | "destination">,
): number {
  return compareTexts(a.pipeline, b.pipeline) || compareTexts(a.destination, b.destination);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
