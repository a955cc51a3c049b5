import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ClientBase } from "pg";
import type * as CopyStreams from "pg-copy-streams";
import { quoteIdentifier } from "#pipeline/relational/schema.ts";

type Cell = string | number | null;

/** Rows for one table, each with a value for each of the columns. */
export interface TableRows {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly Cell[]>;
}

const PIECE_CHARACTERS = 131_072;
const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

/**
 * Writes rows with `COPY … FROM STDIN` in its text format
 * (https://www.postgresql.org/docs/current/sql-copy.html), within the connection's transaction. Rows
 * are made as the server takes them.
 *
 * @throws DatabaseError of the server; then none of the rows is there.
 */
export async function copyRows(
  { from }: Pick<typeof CopyStreams, "from">,
  client: ClientBase,
  { schema, table, columns, rows }: TableRows,
): Promise<void> {
  const into = `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
  const names = columns.map(quoteIdentifier).join(", ");
  const copy = client.query(from(`COPY ${into} (${names}) FROM STDIN`));
  await pipeline(Readable.from(piecesOf(rows), { objectMode: true, highWaterMark: 1 }), copy);
}

function* piecesOf(rows: Iterable<readonly Cell[]>): Generator<Buffer> {
  let text = "";
  for (const cells of rows) {
    text += lineOf(cells);
    if (text.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(text);
    text = "";
  }
  if (text !== "") yield Buffer.from(text);
}

/** A row as a line of the text format. */
export function lineOf(cells: readonly Cell[]): string {
  let line = "";
  for (const [index, cell] of cells.entries()) {
    if (index > 0) line += "\t";
    line += cell === null ? "\\N" : typeof cell === "number" ? String(cell) : escaped(cell);
  }
  return `${line}\n`;
}

function escaped(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.replaceAll(/[\\\t\n\r]/g, (character) => ESCAPES[character]!);
}
