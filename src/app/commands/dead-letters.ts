import { existsSync } from "node:fs";
import { z } from "zod";
import {
  deadLetterAnswer,
  deadLettersAnswer,
  deletedAnswer,
  replayAnswer,
} from "#api/contract/dead-letters.ts";
import { deadLetterHandlers } from "#api/rest/handlers/dead-letters.ts";
import type { Settings } from "#config/schema.ts";
import { systemClock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import { Cursors } from "#query/cursor.ts";
import type { Command, CommandInput } from "../command-line.ts";
import { CONFIG_OPTION, CONFIG_OPTION_HELP, configOf } from "../config-option.ts";
import { readCursorKey } from "../cursor-key.ts";
import { openDataFolder } from "../data-folder.ts";
import { openStoredBoxes } from "../dead-letters.ts";
import { EXIT_CODES, ExitError } from "../exit-codes.ts";
import { announcedUrl, ask } from "../server-request.ts";
import { textTable } from "../text-table.ts";

const ACTIONS = ["list", "show", "replay", "delete"] as const;
type Action = (typeof ACTIONS)[number];

const ROUTE = "/api/v1/dead-letters";
/** Letters are sent one after the other, each within the time that its destination gives it. */
const REPLAY_MS_MAX = 3_600_000;

/** What of the command line the actions need. */
interface Wanted {
  readonly action: Action;
  readonly id: string | undefined;
  /** Parameters of the API's routes. */
  readonly query: Readonly<Record<string, string>>;
}

export const command: Command = {
  usage: "dead-letters <list | show | replay | delete> [id] [options]",
  summary: "The rows that destinations, and the store, would not take, with the reason of each.",
  help: [
    "  list                  Those there are, destination by destination, the oldest first.",
    "  show <id>             One with its row, as JSON.",
    "  replay <id>           Sends one to its destination again; what is taken is deleted.",
    "  replay --destination <name>",
    "                        The same with all of a destination.",
    "  delete <id>           Deletes one for good.",
    "",
    "      --destination <name>  Only those of this destination, such as webhook/slack.",
    "      --pipeline <name>     Only those of this pipeline.",
    "      --limit <number>      At most so many.",
    "      --cursor <cursor>     The next page of a list.",
    "      --json                The whole answer as JSON.",
    "      --url <address>       The server; the one that uses the data folder when left out.",
    CONFIG_OPTION_HELP,
    "",
    "Without a running server list, show and delete work on the data folder.",
    "Example: sightglass dead-letters replay --destination webhook/slack",
  ].join("\n"),
  options: {
    ...CONFIG_OPTION,
    json: { type: "boolean" },
    url: { type: "string" },
    destination: { type: "string" },
    pipeline: { type: "string" },
    limit: { type: "string" },
    cursor: { type: "string" },
  },
  words: [1, 2],
  async run(input) {
    const wanted = wantedOf(input);
    const { settings } = await configOf(input);
    const { url } = input.options;
    const server = typeof url === "string" ? url : await announcedUrl(settings.dataDir);
    const answer =
      server === undefined
        ? await fromFolder(wanted, settings)
        : await fromServer(wanted, server, settings.token);
    return print(wanted.action, answer, input.options["json"] === true);
  },
};

function wantedOf({ words, options }: CommandInput): Wanted {
  const [word, id] = words;
  const action = ACTIONS.find((one) => one === word);
  if (action === undefined)
    throw usage(`found ${JSON.stringify(word)}; allowed: ${ACTIONS.join(", ")}`);
  const query: Record<string, string> = {};
  for (const name of ["destination", "pipeline", "limit", "cursor"]) {
    const value = options[name];
    if (typeof value === "string") query[name] = value;
  }
  const isOfAll = action === "replay" && query["destination"] !== undefined;
  if (action === "list" || isOfAll) {
    if (id !== undefined)
      throw usage(`found ${JSON.stringify(id)}; allowed: ${action} without an id`);
  } else if (id === undefined) {
    const allowed = action === "replay" ? "replay <id>, or --destination <name>" : `${action} <id>`;
    throw usage(`found no id; allowed: ${allowed}`);
  }
  return { action, id, query };
}

function usage(text: string): ExitError {
  return new ExitError("usage", `dead-letters: ${text}`);
}

function fromServer(
  { action, id, query }: Wanted,
  server: string,
  token: string | undefined,
): Promise<unknown> {
  const one = id === undefined ? ROUTE : `${ROUTE}/${encodeURIComponent(id)}`;
  const parameters = id === undefined ? `?${new URLSearchParams(query)}` : "";
  const path = `${one}${action === "replay" ? "/replay" : ""}${parameters}`;
  const methods = { list: "GET", show: "GET", replay: "POST", delete: "DELETE" } as const;
  const msMax = action === "replay" ? { msMax: REPLAY_MS_MAX } : {};
  return ask({ command: "dead-letters", server, path, token, method: methods[action], ...msMax });
}

/** The same from the files: the folder is locked meanwhile, so that no server starts on it. */
async function fromFolder(wanted: Wanted, { dataDir }: Settings): Promise<unknown> {
  const { action, id = "", query } = wanted;
  if (action === "replay")
    throw new ExitError(
      "server_unreachable",
      "dead-letters: replay needs a running server (sightglass serve), which sends them",
    );
  if (!existsSync(dataDir)) return { data: [], nextCursor: null };
  const folder = await openDataFolder(dataDir, systemClock.nowMs());
  try {
    const stored = await openStoredBoxes(dataDir);
    try {
      const cursors = new Cursors(await readCursorKey(dataDir));
      const handlers = deadLetterHandlers(() => stored.boxes, cursors);
      const context = { org: DEFAULT_ORG };
      if (action === "show") return await handlers.getDeadLetter({ params: { id }, context });
      if (action === "delete") return await handlers.deleteDeadLetter({ params: { id }, context });
      return await handlers.listDeadLetters({ query: listQuery(query), context });
    } finally {
      await stored.close();
    }
  } catch (error) {
    if (!(error instanceof SightglassError)) throw error;
    throw new ExitError("failed", `dead-letters: ${error.message}`, { cause: error });
  } finally {
    await folder.release();
  }
}

const listQuerySchema = z.object({
  pipeline: z.string().optional(),
  destination: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).optional(),
  cursor: z.string().optional(),
});

function listQuery(query: Wanted["query"]): z.infer<typeof listQuerySchema> {
  const parsed = listQuerySchema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw usage(`found --limit ${JSON.stringify(query["limit"])}; allowed: 1 to 1000`);
}

function print(action: Action, answer: unknown, isJson: boolean): number {
  if (isJson || action === "show") {
    const known = action === "show" ? deadLetterAnswer.parse(answer) : answer;
    console.log(JSON.stringify(known, undefined, 2));
    return EXIT_CODES.ok;
  }
  if (action === "list") {
    printList(deadLettersAnswer.parse(answer));
    return EXIT_CODES.ok;
  }
  if (action === "delete") {
    console.log(`${deletedAnswer.parse(answer).deleted} deleted.`);
    return EXIT_CODES.ok;
  }
  const { delivered, failed, remaining } = replayAnswer.parse(answer);
  console.log(`${delivered} delivered, ${failed.length} refused again, ${remaining} left.`);
  if (failed.length === 0) return EXIT_CODES.ok;
  console.log(
    `\n${textTable([["id", "reason"], ...failed.map(({ id, reason }) => [id, reason])])}`,
  );
  return EXIT_CODES.failed;
}

function printList({ data, nextCursor }: z.infer<typeof deadLettersAnswer>): void {
  if (data.length === 0) {
    console.log("There are no dead letters.");
    return;
  }
  const rows = data.map(({ time, pipeline, destination, signal, rows: count, reason, id }) => [
    time,
    pipeline,
    destination,
    signal ?? "-",
    String(count),
    reason,
    id,
  ]);
  const head = ["time", "pipeline", "destination", "signal", "rows", "reason", "id"];
  console.log(textTable([head, ...rows]));
  if (nextCursor !== null) console.log(`\nThere is more: --cursor ${nextCursor}`);
}
