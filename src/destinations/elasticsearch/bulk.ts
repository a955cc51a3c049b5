import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { z } from "zod";
import type { Delivery } from "#pipeline/delivery/delivery.ts";
import { wellFormedJson } from "#pipeline/delivery/well-formed-json.ts";
import { documentOf } from "./documents.ts";
import type { IndexNames } from "./index-names.ts";
import type { ElasticsearchSettings } from "./settings.ts";

/** https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/mapping-id-field */
const ID_BYTES_MAX = 512;
/** Rows that are encoded before other work gets its turn. */
const ROWS_AT_ONCE = 250;
/** Of what the engine says about a document. */
const REASON_CHARACTERS_MAX = 500;

/** What of an answer is asked for: the status of each item, and why where it failed. */
export const ANSWER_FIELDS = [
  "errors",
  "items.*.status",
  "items.*.error.type",
  "items.*.error.reason",
  "items.*.error.caused_by.reason",
].join(",");

/**
 * The rows as lines for `_bulk`: before each document what is to be done with it. A row's id is made of
 * its key, so that a row that comes again is the same document.
 */
export async function bulkBody(
  delivery: Pick<Delivery, "org" | "rows" | "rowKey">,
  settings: Pick<ElasticsearchSettings, "operation" | "documents">,
  names: IndexNames,
): Promise<string> {
  const { operation, documents } = settings;
  let body = "";
  for (const [index, row] of delivery.rows.entries()) {
    if (index % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await turn();
    const metadata = { _index: names.of(row, delivery.org), _id: idOf(delivery.rowKey(index)) };
    body += `${wellFormedJson({ [operation]: metadata })}\n${documentOf(row, documents)}\n`;
  }
  return body;
}

/** Keys in their order make neighbours in the index of ids; one that is too long is its digest. */
function idOf(rowKey: string): string {
  if (Buffer.byteLength(rowKey) <= ID_BYTES_MAX) return rowKey;
  return createHash("sha256").update(rowKey).digest("base64url");
}

const itemResult = z.object({
  status: z.int(),
  error: z
    .object({
      type: z.string().default(""),
      reason: z.string().nullish(),
      caused_by: z.object({ reason: z.string().nullish() }).nullish(),
    })
    .optional(),
});
type ItemResult = z.infer<typeof itemResult>;

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk */
const bulkAnswer = z.object({
  errors: z.boolean(),
  items: z.array(z.record(z.string(), itemResult)).default([]),
});

/** What became of each row that was sent. */
export interface BulkOutcome {
  /** How many were there already. */
  readonly repeated: number;
  readonly again: readonly number[];
  /** Why the first of those is to be sent again. */
  readonly againReason: string;
  readonly refused: readonly { readonly index: number; readonly reason: string }[];
}

/**
 * What an answer says of the rows, in their order.
 *
 * @throws Error for what is no answer to these rows: they may be sent again.
 */
export function outcomeOf(text: string, rows: number, operation: "create" | "index"): BulkOutcome {
  const { errors, items } = answerOf(text);
  if (!errors) return { repeated: 0, again: [], againReason: "", refused: [] };
  if (items.length !== rows)
    throw new Error(`the answer has ${items.length} items, for ${rows} that were sent`);
  let repeated = 0;
  let againReason = "";
  const again: number[] = [];
  const refused: { index: number; reason: string }[] = [];
  for (const [index, item] of items.entries()) {
    const result = item[operation];
    if (result === undefined) throw new Error(`item ${index} of the answer is no ${operation}`);
    const fate = fateOf(result, operation);
    if (fate === "repeated") repeated += 1;
    if (fate === "again") {
      if (again.length === 0) againReason = reasonOf(result);
      again.push(index);
    }
    if (fate === "refused") refused.push({ index, reason: reasonOf(result) });
  }
  return { repeated, again, againReason, refused };
}

function answerOf(text: string): z.infer<typeof bulkAnswer> {
  try {
    return bulkAnswer.parse(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    const beginning = text.slice(0, REASON_CHARACTERS_MAX);
    throw new Error(`this is no answer to _bulk: ${beginning}`, { cause: error });
  }
}

/** Errors that are about where rows go, and not about them, whatever their status is: some have 400. */
const NOT_ABOUT_ROWS = new Set([
  "cluster_block_exception",
  "index_closed_exception",
  "index_not_found_exception",
  "invalid_alias_name_exception",
  "invalid_index_name_exception",
]);
const NO_PIPELINE = /pipeline with id \[.*\] does not exist/;

/**
 * Only what is said of the document itself is for ever (400 above all, as for a field of another type).
 * The rest may be mended: a node that is busy (429, 503), an index that is missing or closed (404, 403).
 */
function fateOf(
  { status, error }: ItemResult,
  operation: "create" | "index",
): "taken" | "repeated" | "again" | "refused" {
  if (status >= 200 && status < 300) return "taken";
  // The document with this row's id is there: it was taken when its answer was lost.
  if (status === 409 && operation === "create") return "repeated";
  const isAboutRow = status === 400 || status === 413 || status === 422;
  if (!isAboutRow || error === undefined || NOT_ABOUT_ROWS.has(error.type)) return "again";
  return NO_PIPELINE.test(error.reason ?? "") ? "again" : "refused";
}

function reasonOf({ status, error }: ItemResult): string {
  const why = [error?.reason, error?.caused_by?.reason].filter(Boolean).join(": ");
  return `${status} ${error?.type ?? ""}: ${why}`.slice(0, REASON_CHARACTERS_MAX);
}
