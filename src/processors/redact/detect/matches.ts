/**
 * The kinds of what the built-in detectors find, in the words of the statistics. A match holds the
 * index; own patterns have the numbers after them.
 */
export const KINDS = [
  "email",
  "phone",
  "ssn",
  "credit_card",
  "api_key",
  "password",
  "ip_address",
  "iban",
] as const;

export const KIND = {
  email: 0,
  phone: 1,
  ssn: 2,
  creditCard: 3,
  apiKey: 4,
  password: 5,
  ipAddress: 6,
  iban: 7,
} as const;

/** Ranges of one text, in order and without overlap. Reused from text to text. */
export class Matches {
  starts = new Int32Array(16);
  ends = new Int32Array(16);
  kinds = new Int32Array(16);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  add(start: number, end: number, kind: number): void {
    const at = this.length++;
    if (at === this.starts.length) this.grow();
    this.starts[at] = start;
    this.ends[at] = end;
    this.kinds[at] = kind;
  }

  /** Takes the matches of two lists, so that all they cover is covered: of two that overlap, the later begins where the earlier ends. */
  unite(a: Matches, b: Matches): void {
    this.clear();
    let covered = 0;
    for (let i = 0, j = 0; i < a.length || j < b.length;) {
      const isFirst = j >= b.length || (i < a.length && a.starts[i]! <= b.starts[j]!);
      const list = isFirst ? a : b;
      const at = isFirst ? i++ : j++;
      const end = list.ends[at]!;
      if (end <= covered) continue;
      this.add(Math.max(list.starts[at]!, covered), end, list.kinds[at]!);
      covered = end;
    }
  }

  private grow(): void {
    const grown = (old: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const larger = new Int32Array(old.length * 2);
      larger.set(old);
      return larger;
    };
    this.starts = grown(this.starts);
    this.ends = grown(this.ends);
    this.kinds = grown(this.kinds);
  }
}
