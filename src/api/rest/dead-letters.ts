import { SightglassError } from "#core/errors.ts";
import { QUERY_LIMITS } from "#core/limits.ts";
import { formatTime } from "#core/time.ts";
import {
  type DeadLetterBox,
  type FiledLetter,
  findDeadLetter,
  listDeadLetters,
  replayBox,
} from "#pipeline/delivery/dead-letter-boxes.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import { type Cursors, listOf } from "#query/cursor.ts";
import { z } from "zod";
import type { DeadLetterAnswer } from "../contract/dead-letters.ts";
import type { AnswerOf, ParamsOf, QueryOf } from "../contract/routes.ts";

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
    const letter = await findDeadLetter(boxes(), org, id);
    if (letter === undefined)
      throw new SightglassError("not_found", `there is no dead letter ${JSON.stringify(id)}`);
    return letter;
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
      const letter = await find(org, params.id);
      return { ...answerOf(letter), row: jsonOfRow(letter.row) };
    },
    async replayDeadLetter({
      params,
      context: { org },
    }: AskedOne): Promise<AnswerOf<"replayDeadLetter">> {
      const { box, id } = await find(org, params.id);
      return replayed(await box.replay([id]), [box]);
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
      return replayed({ delivered, failed }, found);
    },
    async deleteDeadLetter({
      params,
      context: { org },
    }: AskedOne): Promise<AnswerOf<"deleteDeadLetter">> {
      const { box, id } = await find(org, params.id);
      return { deleted: await box.letters.remove([id]) };
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
): AnswerOf<"replayDeadLetters"> {
  const remaining = boxes.reduce((sum, { letters }) => sum + letters.size, 0);
  return { delivered, failed: [...failed], remaining };
}

const SIGNALS = {
  span: "traces",
  log: "logs",
  number_point: "metrics",
  histogram_point: "metrics",
} as const;

function answerOf({ box, id, timeMs, reason, row }: FiledLetter): DeadLetterAnswer {
  const { pipeline, destination } = box;
  const time = formatTime(BigInt(Math.floor(timeMs)) * 1_000_000n);
  return { id, pipeline, destination, time, reason, signal: SIGNALS[row.kind] };
}
