import { readFileSync } from "node:fs";
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { EXIT_CODES, ExitError } from "./exit-codes.ts";

/** What a command is given: its options, and the words that are no options. */
export interface CommandInput {
  readonly options: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly words: readonly string[];
}

/** A command of `sightglass`. Each module of `commands/` exports one as `command`. */
export interface Command {
  /** How it is called, after `sightglass`. */
  readonly usage: string;
  readonly summary: string;
  /** Lines of `--help` that follow the summary: the options, and an example. */
  readonly help: string;
  readonly options: ParseArgsOptionsConfig;
  /** Words that are no options, at least and at most. */
  readonly words: readonly [number, number];
  /** Resolves with the exit code. */
  run(input: CommandInput): Promise<number>;
}

/** Every command, in the order of the help. Its module is loaded when it is called. */
const COMMANDS: Readonly<
  Record<string, { summary: string; load: () => Promise<{ command: Command }> }>
> = {
  serve: {
    summary: "Start the server: the receivers, the API and the UI.",
    load: () => import("./commands/serve.ts"),
  },
  demo: {
    summary: "Send a running server the telemetry of a make-believe shop.",
    load: () => import("./demo/command.ts"),
  },
  check: {
    summary: "Judge the configuration, and show where each setting comes from.",
    load: () => import("./commands/check.ts"),
  },
  doctor: {
    summary:
      "Look at the machine and the data folder for what would keep Sightglass from running well.",
    load: () => import("./commands/doctor.ts"),
  },
  migrate: {
    summary: "Bring the store of a stopped server to this version's schema.",
    load: () => import("./commands/migrate.ts"),
  },
  query: {
    summary: "Ask a running server for services, traces, logs or metrics.",
    load: () => import("./commands/query.ts"),
  },
  tail: {
    summary: "Print log records, or spans, as a running server takes them.",
    load: () => import("./commands/tail.ts"),
  },
  "dead-letters": {
    summary: "See, send again or delete the rows that destinations would not take.",
    load: () => import("./commands/dead-letters.ts"),
  },
};

/** Runs the command that `words` name. Resolves with the exit code. */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    console.log(overview());
    return name === undefined ? EXIT_CODES.usage : EXIT_CODES.ok;
  }
  if (name === "--version" || name === "-v") {
    console.log(`sightglass ${packageVersion()}`);
    return EXIT_CODES.ok;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) throw new ExitError("usage", unknownCommand(name));
  const { command } = await entry.load();
  if (rest.includes("--help") || rest.includes("-h")) {
    console.log(`sightglass ${command.usage}\n\n${command.summary}\n\n${command.help}`.trimEnd());
    return EXIT_CODES.ok;
  }
  return command.run(parseInput(name, command, rest));
}

/** The version of package.json. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const found = /"version": "(?<version>[^"]+)"/.exec(text);
  return found?.groups?.["version"] ?? "unknown";
}

function parseInput(name: string, command: Command, args: string[]): CommandInput {
  const { values, positionals } = parse(name, command, args);
  const [least, most] = command.words;
  if (positionals.length < least || positionals.length > most)
    throw new ExitError(
      "usage",
      `${name}: found ${positionals.length} words; allowed: sightglass ${command.usage}`,
    );
  return { options: values, words: positionals };
}

function parse(name: string, command: Command, args: string[]) {
  try {
    return parseArgs({ args, options: command.options, allowPositionals: true, strict: true });
  } catch (error) {
    const reason =
      error instanceof Error ? error.message.split(". To specify")[0]! : "not understood";
    throw new ExitError("usage", `${name}: ${reason}\nUsage: sightglass ${command.usage}`);
  }
}

function unknownCommand(name: string): string {
  const known = Object.keys(COMMANDS).join(", ");
  return `There is no command ${JSON.stringify(name)}; there is: ${known}. sightglass --help tells more.`;
}

function overview(): string {
  const told: [string, string][] = [
    ...Object.entries(COMMANDS).map(([name, { summary }]): [string, string] => [name, summary]),
    ["", ""],
    ["--help", "This text, or that of a command."],
    ["--version", "The version."],
  ];
  const width = Math.max(...told.map(([name]) => name.length)) + 2;
  return [
    "Sightglass: traces, logs and metrics, taken in, kept and answered by one process.",
    "",
    "Usage: sightglass <command> [options]",
    "",
    ...told.map(([name, about]) => `  ${name.padEnd(width)}${about}`.trimEnd()),
  ].join("\n");
}
