import type { SamplesAnswer } from "#api/contract/samples.ts";

/**
 * A name for each sample that it keeps while newer ones come before it and older ones fall out at the end:
 * all that is told of it, and how many of the same content are older.
 */
export function sampleNames(samples: readonly SamplesAnswer["data"][number][]): string[] {
  const seen = new Map<string, number>();
  const names = samples.toReversed().map((sample) => {
    const content = JSON.stringify(sample);
    const older = seen.get(content) ?? 0;
    seen.set(content, older + 1);
    return `${older} ${content}`;
  });
  return names.reverse();
}
