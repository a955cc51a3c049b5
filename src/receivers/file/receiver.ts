import type { Buffer } from "node:buffer";
import { posix } from "node:path";
import { z } from "zod";
import type { LogBuilder } from "#core/build/log-builder.ts";
import { defineComponent, type Receiver, type ReceiverContext } from "#pipeline/component.ts";
import { LinearRegex } from "#pipeline/expression/linear-regex.ts";
import { filePatterns, isDeep } from "#pipeline/tail/file-patterns.ts";
import { TailReceiver } from "#pipeline/tail/tail-receiver.ts";
import type { TailedRecord } from "#pipeline/tail/tailer.ts";

const KiB = 1_024;

/** Of a line, the bytes in which the pattern that begins a record is looked for. */
const START_BYTES_MAX = 4 * KiB;

const startPattern = z
  .string()
  .min(1)
  .transform((text, context): LinearRegex => {
    try {
      return new LinearRegex(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: `${text}: ${(error as RangeError).message}` });
      return z.NEVER;
    }
  })
  .describe("A regular expression (RE2) that is found in the first line of each record.")
  .meta({ examples: ["^\\d{4}-\\d{2}-\\d{2}"] });

export const fileSettings = z.strictObject({
  folder: z
    .string()
    .min(1)
    .describe("The folder that is looked at; one that is not there yet is waited for.")
    .meta({ examples: ["/var/log/nginx"] }),
  include: z
    .array(z.string().min(1))
    .min(1)
    .max(100)
    .default(["*.log"])
    .describe("Names below the folder that are followed. With a slash folders are looked into.")
    .meta({ examples: [["*.log", "**/*.log"]] }),
  exclude: z
    .array(z.string().min(1))
    .max(100)
    .default(["**/*.{gz,bz2,xz,zst,zip}"])
    .describe("Names that are not followed though they are included.")
    .meta({ examples: [["debug.log"]] }),
  startAt: z
    .enum(["beginning", "end"])
    .default("beginning")
    .describe(
      "Where files begin that are there at the very first start. Files that come later are read from their start.",
    ),
  encoding: z
    .enum(["utf8", "latin1"])
    .default("utf8")
    .describe("Encoding of the files. Bytes that are not UTF-8 are replaced by U+FFFD."),
  multiline: z
    .strictObject({
      startPattern,
      flushMs: z
        .int()
        .min(100)
        .max(600_000)
        .default(1_000)
        .describe("Milliseconds without a further line after which a record counts as whole."),
    })
    .optional()
    .describe("Joins lines: a record goes on until the next line that begins one.")
    .meta({ examples: [{ startPattern: "^\\S" }] }),
  recordBytesMax: z
    .int()
    .min(KiB)
    .max(256 * KiB)
    .default(256 * KiB)
    .describe("Bytes of one record; a longer line is cut, marked and counted."),
  pollMs: z
    .int()
    .min(50)
    .max(600_000)
    .default(1_000)
    .describe("Milliseconds between two looks at the folder."),
  resource: z
    .record(z.string(), z.string())
    .default({})
    .describe("Attributes of what the files are of.")
    .meta({ examples: [{ "service.name": "nginx" }] }),
});

export type FileSettings = z.output<typeof fileSettings>;

/** Follows log files: each line, or each group of lines, is a log record. Empty lines are passed over. */
export const file = defineComponent({
  kind: "receiver",
  type: "file",
  summary: "Follows log files of a folder, through rotation and restarts.",
  signals: { logs: "stable" },
  settings: fileSettings,
  claims: ({ folder, include, exclude }) => [
    { kind: "read", folder, reads: filePatterns(include, exclude) },
  ],
  create: createFileReceiver,
});

function createFileReceiver(settings: FileSettings, context: ReceiverContext): Receiver {
  const { folder, include, exclude, startAt, encoding, multiline, pollMs, resource } = settings;
  const starts = multiline?.startPattern;
  const startsRecord = (line: Buffer): boolean =>
    starts?.test(line.toString(encoding, 0, START_BYTES_MAX)) ?? true;
  return new TailReceiver({
    context,
    tail: {
      folder,
      isWanted: filePatterns(include, exclude),
      isDeep: isDeep(include),
      split: {
        recordBytesMax: settings.recordBytesMax,
        ...(starts === undefined ? {} : { startsRecord }),
      },
      encoding,
      startAt,
      pollMs,
      flushMs: multiline?.flushMs ?? Number.POSITIVE_INFINITY,
    },
    add(builder, record) {
      builder.group(resource);
      addLine(builder, folder, record);
    },
  });
}

/** With the attributes that OpenTelemetry's semantic conventions have for log files. */
function addLine(builder: LogBuilder, folder: string, { text, path, isCut }: TailedRecord): void {
  builder.add({
    body: text,
    attributes: {
      "log.file.name": posix.basename(path),
      "log.file.path": posix.join(folder, path),
      ...(isCut ? { "log.file.cut": true } : {}),
    },
  });
}
