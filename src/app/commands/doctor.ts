import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { totalmem } from "node:os";
import { dirname } from "node:path";
import { formatAddress, type Address } from "#core/address.ts";
import type { Settings } from "#config/schema.ts";
import type { Command } from "../command-line.ts";
import { CONFIG_OPTION, CONFIG_OPTION_HELP, configOf } from "../config-option.ts";
import {
  DATA_FOLDER_VERSION,
  isDataFolderLocked,
  readDataVersion,
  readLockHolder,
} from "../data-folder.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { thisMachine, unsupportedReasons } from "../machine.ts";

/** What was looked at, and what was found. Only `bad` keeps Sightglass from starting. */
interface Finding {
  readonly level: "good" | "warning" | "bad";
  readonly subject: string;
  readonly text: string;
}

const MARKS = { good: "ok  ", warning: "warn", bad: "BAD " } as const;
const GIB = 1024 ** 3;
const FREE_BYTES_MIN = 2 * GIB;
const PING_MS_MAX = 3_000;
const OPEN_FILES_MIN = 1_024;

export const command: Command = {
  usage: "doctor [--config <file>]",
  summary: "Looks at what Sightglass needs to run well on this machine. Changes nothing.",
  help: [CONFIG_OPTION_HELP, "", "Ends with 0 when Sightglass can run here, else with 1."].join(
    "\n",
  ),
  options: CONFIG_OPTION,
  words: [0, 0],
  async run(input) {
    const { settings } = await configOf(input);
    const findings = await examine(settings);
    for (const { level, subject, text } of findings)
      console.log(`${MARKS[level]} ${subject}: ${text}`);
    return findings.some(({ level }) => level === "bad") ? EXIT_CODES.failed : EXIT_CODES.ok;
  },
};

async function examine(settings: Settings): Promise<Finding[]> {
  const { dataDir } = settings;
  const locked = isDataFolderLocked(dataDir);
  const doors = [settings.http, settings.receivers.otlp.http, settings.receivers.otlp.grpc];
  const ports = await Promise.all(doors.map(({ endpoint }) => portFinding(endpoint, locked)));
  return [
    machineFinding(settings),
    memoryFinding(settings),
    openFilesFinding(),
    await folderFinding(dataDir, locked),
    diskFinding(dataDir),
    ...(await remoteStoreFindings(settings)),
    ...ports,
  ];
}

function machineFinding({ store }: Settings): Finding {
  const machine = thisMachine();
  const reasons = unsupportedReasons(machine, store.clickhouseUrl === undefined);
  const { nodeVersion, platform, arch } = machine;
  return reasons.length === 0
    ? { level: "good", subject: "machine", text: `Node ${nodeVersion}, ${platform} on ${arch}` }
    : { level: "bad", subject: "machine", text: reasons.join(" ") };
}

function memoryFinding({ store }: Settings): Finding {
  const constrained = process.constrainedMemory();
  const bytes = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  const needed = store.memoryBytesMax + 256 * 1024 ** 2;
  const text = `${gib(bytes)} GiB`;
  return bytes >= needed
    ? { level: "good", subject: "memory", text }
    : {
        level: "warning",
        subject: "memory",
        text: `${text}; at full load ${gib(needed)} GiB are used. Lower store.memoryBytesMax.`,
      };
}

function openFilesFinding(): Finding {
  const subject = "open files";
  const soft = process.platform === "linux" ? softOpenFiles() : undefined;
  if (soft === undefined) return { level: "good", subject, text: "the limit is not known here" };
  return soft >= OPEN_FILES_MIN
    ? { level: "good", subject, text: `at most ${soft}` }
    : {
        level: "warning",
        subject,
        text: `at most ${soft}; raise it to ${OPEN_FILES_MIN} or more (ulimit -n)`,
      };
}

function softOpenFiles(): number | undefined {
  const found = /^Max open files\s+(\d+|unlimited)/m.exec(
    readFileSync("/proc/self/limits", "latin1"),
  )?.[1];
  if (found === undefined) return undefined;
  return found === "unlimited" ? Number.POSITIVE_INFINITY : Number(found);
}

async function folderFinding(dataDir: string, locked: boolean): Promise<Finding> {
  const subject = "data folder";
  const bad = (text: string): Finding => ({ level: "bad", subject, text });
  const there = existsSync(dataDir);
  if (!isWritable(nearestFolder(dataDir))) return bad(`${dataDir} cannot be written by this user`);
  if (!there) return { level: "good", subject, text: `${dataDir}, which will be made` };
  try {
    const version = await readDataVersion(dataDir);
    if (version !== undefined && version > DATA_FOLDER_VERSION)
      return bad(
        `${dataDir} has layout version ${version}, and this Sightglass knows versions up to ${DATA_FOLDER_VERSION}`,
      );
  } catch (error) {
    return bad(error instanceof Error ? error.message : "its version cannot be read");
  }
  if (!locked) return { level: "good", subject, text: dataDir };
  const holder = await readLockHolder(dataDir);
  const who =
    holder === undefined ? "another process" : `process ${holder.pid}, since ${holder.startedAt}`;
  return { level: "warning", subject, text: `${dataDir} is in use by ${who}` };
}

function diskFinding(dataDir: string): Finding {
  const { bavail, bsize } = statfsSync(nearestFolder(dataDir));
  const free = bavail * bsize;
  const text = `${gib(free)} GiB free`;
  return free >= FREE_BYTES_MIN
    ? { level: "good", subject: "disk", text }
    : {
        level: "warning",
        subject: "disk",
        text: `${text}; at least ${gib(FREE_BYTES_MIN)} GiB are advisable`,
      };
}

/** Whether the ClickHouse server answers, when there is one; its credentials are not tried. */
async function remoteStoreFindings({ store }: Settings): Promise<Finding[]> {
  if (store.clickhouseUrl === undefined) return [];
  const { protocol, host } = new URL(store.clickhouseUrl);
  const subject = `ClickHouse at ${host}`;
  try {
    const response = await fetch(`${protocol}//${host}/ping`, {
      signal: AbortSignal.timeout(PING_MS_MAX),
    });
    if (response.ok) return [{ level: "good", subject, text: "answers" }];
    return [{ level: "bad", subject, text: `answers with ${response.status}` }];
  } catch {
    return [{ level: "bad", subject, text: "does not answer" }];
  }
}

async function portFinding(endpoint: Address, locked: boolean): Promise<Finding> {
  const subject = `address ${formatAddress(endpoint)}`;
  const reason = await listenFailure(endpoint);
  if (reason === undefined) return { level: "good", subject, text: "free" };
  if (reason === "EADDRINUSE" && locked)
    return {
      level: "warning",
      subject,
      text: "in use, perhaps by the Sightglass that uses the data folder",
    };
  return {
    level: "bad",
    subject,
    text: reason === "EADDRINUSE" ? "in use by another program" : `cannot be used (${reason})`,
  };
}

/** The error code of listening at `endpoint` for a moment; undefined when it works. */
function listenFailure({ host, port }: Address): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function gib(bytes: number): string {
  return (bytes / GIB).toFixed(1);
}
