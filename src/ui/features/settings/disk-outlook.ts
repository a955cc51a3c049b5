import type { RetentionAnswer } from "#api/contract/settings.ts";

/** `30 days`, `1 day`, or `ever`. */
export function keptDays(days: number | null): string {
  if (days === null) return "ever";
  return days === 1 ? "1 day" : `${days} days`;
}

/**
 * Days until the disk is full, if every day is like those that were seen; undefined where it will not be,
 * since what is kept stops growing before, or where it is not known.
 */
export function daysUntilFull({ data, disk }: RetentionAnswer): number | undefined {
  if (disk === null) return undefined;
  // What each still grows, and for how long: the first to be full stops first.
  const growing = data
    .flatMap(({ bytes, bytesPerDay, predictedBytes, days }) => {
      if (bytesPerDay === null || bytesPerDay <= 0) return [];
      const left =
        days === null || predictedBytes === null
          ? Number.POSITIVE_INFINITY
          : Math.max(0, (predictedBytes - bytes) / bytesPerDay);
      return left > 0 ? [{ bytesPerDay, left }] : [];
    })
    .toSorted((a, b) => a.left - b.left);
  let [free, passed] = [disk.freeBytes, 0];
  let pace = growing.reduce((sum, { bytesPerDay }) => sum + bytesPerDay, 0);
  for (const { bytesPerDay, left } of growing) {
    const needed = pace * (left - passed);
    if (needed > free) return passed + free / pace;
    free -= needed;
    pace -= bytesPerDay;
    passed = left;
  }
  return undefined;
}
