// `npm run new <kind> <type>`: makes a component that works, passes the conformance suite and is known:
// its folder, its line in src/app/components.ts, its case in the suite, its page of documentation.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Component, KINDS, type Kind, namesOf } from "./new/component.ts";
import { withEntry } from "./new/entries.ts";
import { destinationFiles } from "./new/destination-files.ts";
import { processorFiles } from "./new/processor-files.ts";
import { receiverFiles } from "./new/receiver-files.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const COMPONENTS = "src/app/components.ts";
const CASES = "src/app/components.conformance.test.ts";
const TYPE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const TYPE_CHARACTERS_MAX = 64;
const USAGE = `npm run new <${KINDS.join(" | ")}> <type>`;

const FILES = {
  receiver: receiverFiles,
  processor: processorFiles,
  destination: destinationFiles,
} as const;

/** What keeps the component from being made; undefined when nothing does. */
function whyNot(kind: string | undefined, type: string | undefined): string | undefined {
  if (kind === undefined || !isKind(kind))
    return `found the kind ${JSON.stringify(kind ?? "")}; allowed: ${KINDS.join(", ")}`;
  if (type === undefined || !TYPE.test(type) || type.length > TYPE_CHARACTERS_MAX)
    return `found the type ${JSON.stringify(type ?? "")}; allowed: lower-case words with underscores, such as my_source`;
  const folder = namesOf(kind, type).folder;
  return existsSync(join(ROOT, folder)) ? `${folder} is there already` : undefined;
}

function isKind(text: string): text is Kind {
  return (KINDS as readonly string[]).includes(text);
}

/** Writes the folder and the entries. Returns the paths, from the root of the repository. */
function make(component: Component): string[] {
  const { folder, kinds, type, loader } = component;
  const files = FILES[component.kind](component);
  mkdirSync(join(ROOT, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(ROOT, folder, name), text);
  edit(COMPONENTS, (text) => withEntry(text, kinds.toUpperCase(), type, loader));
  const { conformanceCase } = component;
  if (conformanceCase !== undefined)
    edit(CASES, (text) => withEntry(text, kinds.toUpperCase(), type, conformanceCase));
  return [...Object.keys(files).map((name) => `${folder}/${name}`), COMPONENTS];
}

function edit(path: string, change: (text: string) => string): void {
  const file = join(ROOT, path);
  writeFileSync(file, change(readFileSync(file, "utf8")));
}

/** Formats what was written, and generates the documentation. */
function finish(paths: readonly string[]): void {
  const run = (...words: string[]): void => {
    execFileSync(process.execPath, words, { cwd: ROOT, stdio: "inherit" });
  };
  run(join(ROOT, "node_modules/oxfmt/bin/oxfmt"), ...paths, CASES);
  run(join(ROOT, "scripts/generate.ts"));
}

const [kind, type] = process.argv.slice(2);
const reason = whyNot(kind, type);
if (reason !== undefined || kind === undefined || type === undefined || !isKind(kind)) {
  console.error(`${reason}\nUsage: ${USAGE}`);
  process.exitCode = 2;
} else {
  const component = namesOf(kind, type);
  const paths = make(component);
  finish(paths);
  console.log(
    [
      ...paths.map((path) => `${path} written`),
      "",
      `It works as it is. Change the ${kind} in ${component.folder}, beginning with its test, then:`,
      `  npm test -- ${type} components.conformance`,
      "  npm run check",
      "and add it to CHANGELOG.md.",
    ].join("\n"),
  );
}
