import { posix } from "node:path";
import { parseSync, Visitor } from "vite";

/** One place in the tree that breaks a rule. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

export interface Import {
  /** As written, but for a query such as `?raw`. */
  readonly specifier: string;
  readonly line: number;
  /** Whether it brings types only, which are gone when the code runs. */
  readonly isType: boolean;
}

/** A use of something that only some files may use, by the name that `rules.ts` knows it by. */
export interface Use {
  readonly name: string;
  readonly line: number;
}

/** What the rules look at in a file of TypeScript or JavaScript. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** Every string of the file: a worker, a script or a template is named by one. */
  readonly strings: readonly string[];
  readonly comments: readonly { readonly text: string; readonly line: number }[];
  readonly uses: readonly Use[];
  readonly anyLines: readonly number[];
  /** Whether the file does nothing but pass on what other files export. */
  readonly onlyReexports: boolean;
}

/** Members that reach for the outside world, as `object.member`. */
const MEMBERS = new Set([
  "Date.now",
  "Math.random",
  "performance.now",
  "process.env",
  "process.hrtime",
  "http.get",
  "http.request",
  "https.get",
  "https.request",
  "http2.connect",
  "net.connect",
  "net.createConnection",
  "tls.connect",
]);

/** The same, when they are imported by name. */
const IMPORTED = new Map([
  ["node:http", ["get", "request"]],
  ["node:https", ["get", "request"]],
  ["node:http2", ["connect"]],
  ["node:net", ["connect", "createConnection"]],
  ["node:tls", ["connect"]],
  ["node:process", ["env", "hrtime"]],
  ["node:perf_hooks", ["performance"]],
]);

const CONSTRUCTED = new Set(["WebSocket", "EventSource", "XMLHttpRequest"]);

export function parseSource(path: string, text: string): SourceFile {
  const lineOf = lineFinder(text);
  const { program, module, comments } = parseSync(path, text, { lang: languageOf(path) });
  const imports: Import[] = [];
  const strings: string[] = [];
  const uses: Use[] = [];
  const anyLines: number[] = [];
  const addImport = (value: string, start: number, isType: boolean): void => {
    imports.push({ specifier: value.replace(/\?.*$/, ""), line: lineOf(start), isType });
  };
  const addUse = (name: string, start: number): void => {
    uses.push({ name, line: lineOf(start) });
  };

  for (const { moduleRequest, entries, start } of module.staticImports) {
    addImport(moduleRequest.value, moduleRequest.start, isTypeOnly(text, start));
    const outside = IMPORTED.get(moduleRequest.value) ?? [];
    for (const { importName } of entries) {
      const name = importName.name ?? "";
      if (!outside.includes(name)) continue;
      addUse(`${moduleRequest.value.replace("node:", "")}.${name}`, moduleRequest.start);
    }
  }
  for (const { entries, start } of module.staticExports) {
    const request = entries.find((entry) => entry.moduleRequest)?.moduleRequest;
    if (request) addImport(request.value, request.start, isTypeOnly(text, start));
  }

  new Visitor({
    Literal({ value }) {
      if (typeof value === "string") strings.push(value);
    },
    TemplateElement({ value }) {
      if (typeof value.cooked === "string") strings.push(value.cooked);
    },
    ImportExpression({ source }) {
      if (source.type === "Literal" && typeof source.value === "string") {
        addImport(source.value, source.start, false);
      }
    },
    TSImportType({ source }) {
      addImport(source.value, source.start, true);
    },
    TSAnyKeyword({ start }) {
      anyLines.push(lineOf(start));
    },
    MemberExpression({ object, property, start }) {
      if (object.type !== "Identifier") return;
      if (object.name === "console") addUse("console", start);
      if (property.type !== "Identifier") return;
      const global = object.name === "globalThis" ? property.name : undefined;
      if (global === "fetch" || global === "console") addUse(global, start);
      const name = `${object.name}.${property.name}`;
      if (MEMBERS.has(name)) addUse(name, start);
    },
    CallExpression({ callee, start }) {
      if (callee.type !== "Identifier") return;
      if (callee.name === "fetch") addUse("fetch", start);
      if (callee.name === "Date") addUse("new Date()", start);
    },
    NewExpression({ callee, arguments: given, start }) {
      if (callee.type !== "Identifier") return;
      if (callee.name === "Date" && given.length === 0) addUse("new Date()", start);
      if (CONSTRUCTED.has(callee.name)) addUse(callee.name, start);
    },
  }).visit(program);

  return {
    path,
    text,
    imports,
    strings,
    comments: comments.map(({ value, start }) => ({ text: value, line: lineOf(start) })),
    uses,
    anyLines,
    onlyReexports:
      program.body.length > 0 &&
      program.body.every(
        (statement) =>
          statement.type === "ExportAllDeclaration" ||
          (statement.type === "ExportNamedDeclaration" && statement.source !== null),
      ),
  };
}

/** The path, from the root, of what `specifier` names in `from`; undefined for a package. */
export function resolveImport(from: string, specifier: string): string | undefined {
  if (specifier.startsWith("#")) return `src/${specifier.slice(1)}`;
  if (specifier.startsWith(".")) return posix.join(posix.dirname(from), specifier);
  return undefined;
}

/** Tests, benchmarks and what only they use stand beside the code they exercise, and may import anything. */
export function isTest(path: string): boolean {
  return !path.startsWith("src/") || /\.(test|bench)\.tsx?$|\/(testing|conformance)\//.test(path);
}

/** Whether the whole statement is gone when the code runs: `import { type A }` still runs the module. */
function isTypeOnly(text: string, start: number): boolean {
  return /^(import|export)\s+type\s/.test(text.slice(start, start + 20));
}

function languageOf(path: string): "tsx" | "ts" | "js" {
  if (path.endsWith(".tsx")) return "tsx";
  return path.endsWith(".ts") ? "ts" : "js";
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
