import { Session, drainPending } from "chdb";
import { join } from "node:path";

/** A file of Native blocks to make, with the engine itself as the encoder. */
export interface NativeFile {
  readonly name: string;
  /** A SELECT of the rows; its column names are the file's. */
  readonly select: string;
  /** Rows a block; by default one block. */
  readonly blockRows?: number;
}

/**
 * Writes the files into `folder` and returns their paths by name. Call it while no engine is open in
 * this process: it opens one of its own for a moment.
 */
export async function writeNativeFiles(
  folder: string,
  files: readonly NativeFile[],
): Promise<Record<string, string>> {
  const session = new Session();
  const paths: Record<string, string> = {};
  for (const { name, select, blockRows = 1_000_000 } of files) {
    const path = join(folder, `${name}.native`);
    await session.queryAsync(
      `${select} INTO OUTFILE '${path}' FORMAT Native SETTINGS max_block_size = ${blockRows}, max_threads = 1`,
    );
    paths[name] = path;
  }
  session.close();
  await drainPending();
  return paths;
}

/** The columns of {@link spanRows}. */
export const SPAN_COLUMNS = [
  "org",
  "ts",
  "duration_ns",
  "trace_id",
  "span_id",
  "service",
  "name",
  "kind",
  "status",
  "weight",
  "attrs",
];

/**
 * A SELECT of `rows` spans, from the number `first` on, one a second from `start`. Eight spans make a
 * trace, every fourth has failed, every weight is 2.
 */
export function spanRows(
  rows: number,
  { first = 0, start = "2025-11-20 10:00:00", step = 1 } = {},
): string {
  return `SELECT 'default' AS org,
  toDateTime64('${start}', 9, 'UTC') + toIntervalSecond((number - ${first}) * ${step}) AS ts,
  toUInt64(1000000 * (number + 1)) AS duration_ns,
  toFixedString(unhex(leftPad(hex(intDiv(number, 8)), 32, '0')), 16) AS trace_id,
  toFixedString(unhex(leftPad(hex(number), 16, '0')), 8) AS span_id,
  concat('service-', toString(number % 3)) AS service,
  concat('GET /', toString(number % 5)) AS name,
  toInt8(2) AS kind,
  toInt8(if(number % 4 = 0, 2, 0)) AS status,
  toFloat32(2) AS weight,
  map('http.route', concat('/', toString(number % 5)), 'n', toString(number)) AS attrs
FROM numbers(${first}, ${rows})`;
}
