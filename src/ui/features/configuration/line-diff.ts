/** A line of two texts that are compared. */
export interface DiffLine {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
  /** Of the text that has it, the first being 1. */
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** Texts of more differing lines than this are told apart as a whole. */
const LINES_MAX = 1_500;

/** The lines of both texts in order, as few as can be added and removed. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start++;
  let end = 0;
  while (
    end < old.length - start &&
    end < fresh.length - start &&
    old[old.length - 1 - end] === fresh[fresh.length - 1 - end]
  )
    end++;
  const [gone, come] = [old.slice(start, old.length - end), fresh.slice(start, fresh.length - end)];
  const kinds =
    gone.length > LINES_MAX || come.length > LINES_MAX
      ? [...gone.map(() => "removed" as const), ...come.map(() => "added" as const)]
      : shortest(gone, come);
  const same = (count: number): DiffLine["kind"][] => Array.from({ length: count }, () => "same");
  return numbered([...same(start), ...kinds, ...same(end)], old, fresh);
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  // A last line that is empty is the end of the one before.
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** By the longest sequence of lines that both have. */
function shortest(old: readonly string[], fresh: readonly string[]): DiffLine["kind"][] {
  const width = fresh.length + 1;
  const lengths = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = fresh.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        old[i] === fresh[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  const kinds: DiffLine["kind"][] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      kinds.push("same");
      i++;
      j++;
    } else if (
      j === fresh.length ||
      (i < old.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!)
    ) {
      kinds.push("removed");
      i++;
    } else {
      kinds.push("added");
      j++;
    }
  }
  return kinds;
}

function numbered(
  kinds: readonly DiffLine["kind"][],
  old: readonly string[],
  fresh: readonly string[],
): DiffLine[] {
  let [i, j] = [0, 0];
  return kinds.map((kind): DiffLine => {
    if (kind === "removed") return { kind, text: old[i]!, before: ++i, after: undefined };
    if (kind === "added") return { kind, text: fresh[j]!, before: undefined, after: ++j };
    return { kind, text: old[i]!, before: ++i, after: ++j };
  });
}
