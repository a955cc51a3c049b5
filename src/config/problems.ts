import { SightglassError } from "#core/errors.ts";

/** One wrong setting. */
export interface ConfigProblem {
  /** The file with its line, or the environment variable. */
  readonly where: string;
  /** The setting, such as `receivers.otlp.http.endpoint`; "" for the whole. */
  readonly path: string;
  /** What was found. Secrets are never repeated. */
  readonly found: string;
  readonly allowed: string;
  readonly hint?: string;
}

/** Every problem of a configuration at once. Its message has one line for each. */
export class ConfigError extends SightglassError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super("config_invalid", problems.map(renderProblem).join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

function renderProblem({ where, path, found, allowed, hint }: ConfigProblem): string {
  const place = path === "" ? where : `${where}: ${path}`;
  return `${place}: found ${found}; allowed: ${allowed}${hint === undefined ? "" : `. ${hint}`}`;
}

/** What was found, short and on one line, as it would be written. */
export function foundText(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

/** The entry of `known` that `text` is most likely a misspelling of, if any is near enough. */
export function nearest(text: string, known: readonly string[]): string | undefined {
  const bound = Math.max(1, Math.floor(text.length / 3));
  const ranked = known
    .map((candidate) => ({
      candidate,
      distance: distance(text.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter((entry) => entry.distance <= bound)
    .sort((left, right) => left.distance - right.distance);
  return ranked[0]?.candidate;
}

/** Edits (insert, delete, replace, swap of neighbours) that turn one text into the other. */
function distance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 32 || from.length > 64) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      let best = Math.min(replaced, row[j]! + 1, next[j - 1]! + 1);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        best = Math.min(best, before[j - 2]! + 1);
      next.push(best);
    }
    before = row;
    row = next;
  }
  return row[to.length]!;
}
