/** What one organization may have of what all of them may have together. */
export interface OrganizationShare {
  /** Takes room for an entry; false where there is none. */
  take(): boolean;
  /** Gives room back that was taken. Says nothing once the organization was forgotten, which gave all of it back. */
  give(entries: number): void;
}

export interface ByOrganizationOptions<T> {
  /** Organizations; for one more the one is forgotten that was silent for longest. */
  readonly organizationsMax: number;
  /** Entries of all of them. */
  readonly entriesMax: number;
  /** Entries of one of them; as many as of all when left out. */
  readonly entriesPerOrganizationMax?: number;
  /**
   * Whether an entry for which there is no room is made room for: others are forgotten, first the one that
   * was silent for longest. Else it is refused.
   */
  readonly makesRoom: boolean;
  readonly make: (share: OrganizationShare) => T;
  /** Told of what is forgotten for others. */
  readonly onForgotten?: (value: T) => void;
}

/**
 * What is remembered of each organization: of a bounded number of them, and with a bound for all together, so
 * that nobody who sends under many names has more room than one who sends under a single one.
 *
 * @example
 * const seen = new ByOrganization({ organizationsMax, entriesMax, makesRoom: true, make: (share) => new Seen(share) });
 * seen.of("acme").add(digest); // which asks its share for room
 */
export class ByOrganization<T> {
  private readonly options: ByOrganizationOptions<T>;
  /** The one that was silent for longest first. */
  private readonly known = new Map<string, Known<T>>();
  private total = 0;

  constructor(options: ByOrganizationOptions<T>) {
    this.options = options;
  }

  /** Organizations that are known. */
  get size(): number {
    return this.known.size;
  }

  /** Entries of all of them. */
  get entries(): number {
    return this.total;
  }

  has(org: string): boolean {
    return this.known.has(org);
  }

  /** Of an organization, which is the one that came last from then on. */
  of(org: string): T {
    const before = this.known.get(org);
    const known = before ?? this.make();
    if (before === undefined)
      this.forgetFor(known, () => this.size < this.options.organizationsMax);
    else this.known.delete(org);
    this.known.set(org, known);
    return known.value;
  }

  values(): T[] {
    return Array.from(this.known.values(), ({ value }) => value);
  }

  /** What is known at present: it may be changed meanwhile. */
  list(): (readonly [org: string, value: T])[] {
    return Array.from(this.known, ([org, { value }]) => [org, value] as const);
  }

  /** Forgets an organization of which nothing is left to remember. */
  delete(org: string): void {
    const known = this.known.get(org);
    if (known !== undefined) this.release(org, known);
  }

  private make(): Known<T> {
    const { entriesMax, entriesPerOrganizationMax = entriesMax, makesRoom } = this.options;
    const share = {
      take: (): boolean => {
        if (known.isForgotten || known.entries >= entriesPerOrganizationMax) return false;
        if (this.total >= entriesMax && makesRoom)
          this.forgetFor(known, () => this.total < entriesMax);
        if (this.total >= entriesMax) return false;
        known.entries++;
        this.total++;
        return true;
      },
      give: (entries: number): void => {
        if (known.isForgotten) return;
        known.entries -= entries;
        this.total -= entries;
      },
    };
    const known: Known<T> = { value: this.options.make(share), entries: 0, isForgotten: false };
    return known;
  }

  /** Forgets others, those silent for longest first, until it is enough. */
  private forgetFor(one: Known<T>, isEnough: () => boolean): void {
    for (const [org, known] of this.known) {
      if (isEnough()) return;
      if (known === one) continue;
      this.options.onForgotten?.(known.value);
      this.release(org, known);
    }
  }

  private release(org: string, known: Known<T>): void {
    this.known.delete(org);
    this.total -= known.entries;
    known.entries = 0;
    known.isForgotten = true;
  }
}

interface Known<T> {
  readonly value: T;
  entries: number;
  isForgotten: boolean;
}
