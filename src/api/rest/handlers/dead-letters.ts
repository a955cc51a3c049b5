import { SightglassError } from "#core/errors.ts";
import { QUERY_LIMITS } from "#core/limits.ts";
import type { Signal } from "#core/signal.ts";
import { formatTime } from "#core/time.ts";
import {
  type DeadLetterBox,
  type FiledLetter,
  findDeadLetter,
  listDeadLetters,
  replayBox,
} from "#pipeline/delivery/dead-letter-boxes.ts";
import type { KeptLetter } from "#pipeline/delivery/kept-letter.ts";
import { signalOf } from "#pipeline/delivery/row-facts.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import { type Cursors, listOf } from "#query/cursor.ts";
import { z } from "zod";
import type { DeadLetterAnswer } from "../../contract/dead-letters.ts";
import type { AnswerOf, ParamsOf, QueryOf } from "../../contract/routes.ts";

const position = z.object({
  pipeline: z.string(),
  destination: z.string(),
  after: z.string().optional(),
});

/** All that these routes need to know of who asks. */
interface Asked {
  readonly context: { readonly org: string };
}
interface AskedOne extends Asked {
  readonly params: ParamsOf<"getDeadLetter">;
}

/** The handlers of dead letters, from the boxes that there are at each request. */
export function deadLetterHandlers(boxes: () => readonly DeadLetterBox[], cursors: Cursors) {
  const find = async (org: string, id: string): Promise<FiledLetter> => {
    const filed = await findDeadLetter(boxes(), org, id);
    if (filed === undefined)
      throw new SightglassError("not_found", `there is no dead letter ${JSON.stringify(id)}`);
    return filed;
  };
  return {
    async listDeadLetters({
      query,
      context: { org },
    }: Asked & { readonly query: QueryOf<"listDeadLetters"> }): Promise<
      AnswerOf<"listDeadLetters">
    > {
      const { pipeline, destination, limit = QUERY_LIMITS.limitDefault, cursor } = query;
      const list = listOf("dead-letters", org, { pipeline, destination });
      const from = cursor === undefined ? undefined : cursors.decode(list, cursor, position);
      const page = await listDeadLetters(chosen(boxes(), query), org, { limit, from });
      const nextCursor = page.next === undefined ? null : cursors.encode(list, page.next);
      return { data: page.letters.map(answerOf), nextCursor };
    },
    async getDeadLetter({
      params,
      context: { org },
    }: AskedOne): Promise<AnswerOf<"getDeadLetter">> {
      const filed = await find(org, params.id);
      return { ...answerOf(filed), row: contentOf(filed.letter) };
    },
    async replayDeadLetter({
      params,
      context: { org },
    }: AskedOne): Promise<AnswerOf<"replayDeadLetter">> {
      const { box, letter } = await find(org, params.id);
      return replayed(await box.replay([letter.id]), [box], org);
    },
    async replayDeadLetters({
      query,
      context: { org },
    }: Asked & { readonly query: QueryOf<"replayDeadLetters"> }): Promise<
      AnswerOf<"replayDeadLetters">
    > {
      const { destination, limit = QUERY_LIMITS.limitMax } = query;
      const found = chosen(boxes(), query);
      if (found.length === 0) {
        const message = `there is no destination ${JSON.stringify(destination)} that has dead letters`;
        throw new SightglassError("not_found", message);
      }
      let [delivered, left] = [0, limit];
      const failed: { id: string; reason: string }[] = [];
      for (const box of found) {
        if (left <= 0) break;
        const outcome = await replayBox(box, org, left);
        delivered += outcome.delivered;
        failed.push(...outcome.failed);
        left = limit - delivered - failed.length;
      }
      return replayed({ delivered, failed }, found, org);
    },
    async deleteDeadLetter({
      params,
      context: { org },
    }: AskedOne): Promise<AnswerOf<"deleteDeadLetter">> {
      const { box, letter } = await find(org, params.id);
      return { deleted: await box.letters.remove([letter.id]) };
    },
  };
}

function chosen(
  boxes: readonly DeadLetterBox[],
  only: { readonly pipeline?: string | undefined; readonly destination?: string | undefined },
): DeadLetterBox[] {
  return boxes.filter(
    ({ pipeline, destination }) =>
      (only.pipeline ?? pipeline) === pipeline && (only.destination ?? destination) === destination,
  );
}

function replayed(
  { delivered, failed }: Awaited<ReturnType<DeadLetterBox["replay"]>>,
  boxes: readonly DeadLetterBox[],
  org: string,
): AnswerOf<"replayDeadLetters"> {
  const remaining = boxes.reduce((sum, { letters }) => sum + letters.count(org), 0);
  return { delivered, failed: [...failed], remaining };
}

/** Of the store: tables whose rows are what senders sent; the others describe or count those. */
const SIGNAL_OF_TABLE: Readonly<Record<string, Signal>> = {
  spans: "traces",
  logs: "logs",
  points: "metrics",
  histograms: "metrics",
  exemplars: "metrics",
};

function answerOf({ box, letter }: FiledLetter): DeadLetterAnswer {
  const { pipeline, destination } = box;
  const { id, timeMs, reason } = letter;
  const time = formatTime(BigInt(Math.floor(timeMs)) * 1_000_000n);
  const what =
    "block" in letter
      ? { signal: SIGNAL_OF_TABLE[letter.block.table] ?? null, rows: letter.block.rows }
      : { signal: signalOf(letter.row), rows: 1 };
  return { id, pipeline, destination, time, reason, ...what };
}

function contentOf(letter: KeptLetter): Record<string, unknown> {
  return "block" in letter ? { ...letter.block } : { ...jsonOfRow(letter.row) };
}
