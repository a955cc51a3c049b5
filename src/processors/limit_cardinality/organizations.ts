import { ByOrganization, type OrganizationShare } from "#pipeline/by-organization.ts";
import { BoundedValues } from "./bounded-values.ts";

/** What is limited: the values of an attribute of a signal, the label sets of a metric, the span names of a service. */
export const KINDS = ["spans", "logs", "points", "series", "span_names"] as const;
export type Kind = (typeof KINDS)[number];

/** What one processor remembers. */
export const CARDINALITY_LIMITS = {
  /** Organizations; the one that was silent for longest is forgotten first. */
  organizationsMax: 256,
  /** Values of one organization, some 100 bytes each; a new one beyond them is over its limit. */
  valuesPerOrganizationMax: 100_000,
  /** Values of all organizations; beyond them the one that was silent for longest is forgotten. */
  valuesMax: 250_000,
  /** Attributes, metrics and services of one organization; values of others are over their limit. */
  namesMax: 4_096,
  /** Names in statistics and metrics. */
  namesReportedMax: 64,
} as const;

interface Named {
  readonly kind: Kind;
  readonly name: string;
  readonly values: BoundedValues;
}

/** What one organization has sent. */
export class Organization {
  private readonly byKind = new Map<Kind, Map<string, Named>>();
  private readonly share: OrganizationShare;
  private names = 0;
  private sweptWindow: number | undefined;

  constructor(share: OrganizationShare) {
    this.share = share;
  }

  /** The values of a name; undefined where there are too many names. */
  of(kind: Kind, name: string, limit: number, window: number): BoundedValues | undefined {
    let named = this.byKind.get(kind);
    if (named === undefined) this.byKind.set(kind, (named = new Map<string, Named>()));
    const known = named.get(name);
    if (known !== undefined) return known.values;
    if (this.names >= CARDINALITY_LIMITS.namesMax) return undefined;
    const values = new BoundedValues(limit, this.share, window);
    named.set(name, { kind, name, values });
    this.names++;
    return values;
  }

  /** Enters a window: forgets the names that did not come in the last one, which would keep their places else. */
  enter(window: number): void {
    if (this.sweptWindow === window) return;
    this.sweptWindow = window;
    for (const named of this.byKind.values()) {
      for (const [name, { values }] of named) {
        if (!values.isIdle(window)) continue;
        values.release();
        named.delete(name);
        this.names--;
      }
    }
  }

  *limited(window: number): Generator<Named> {
    for (const named of this.byKind.values())
      for (const one of named.values()) if (one.values.isOver(window)) yield one;
  }
}

/** The organizations of one processor. */
export class Organizations {
  private readonly known = new ByOrganization({
    organizationsMax: CARDINALITY_LIMITS.organizationsMax,
    entriesMax: CARDINALITY_LIMITS.valuesMax,
    entriesPerOrganizationMax: CARDINALITY_LIMITS.valuesPerOrganizationMax,
    makesRoom: true,
    make: (share) => new Organization(share),
  });

  /** Of an organization, which is the one that came last from then on. */
  of(org: string, window: number): Organization {
    const organization = this.known.of(org);
    organization.enter(window);
    return organization;
  }

  get count(): number {
    return this.known.size;
  }

  get values(): number {
    return this.known.entries;
  }

  /** What has more values than it may in this window, of all organizations: the largest first, a bounded number. */
  limited(window: number): { kind: Kind; name: string; seen: number }[] {
    const found = new Map<string, { kind: Kind; name: string; seen: number }>();
    for (const organization of this.known.values()) {
      for (const { kind, name, values } of organization.limited(window)) {
        const id = `${kind} ${name}`;
        const seen = values.seen(window) + (found.get(id)?.seen ?? 0);
        found.set(id, { kind, name, seen });
      }
    }
    return [...found.values()]
      .toSorted((a, b) => b.seen - a.seen)
      .slice(0, CARDINALITY_LIMITS.namesReportedMax);
  }
}
