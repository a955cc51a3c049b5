/** One fault, what a user would select, and by what it would be known. */
export interface FaultCase {
  readonly name: string;
  /** Faults of a kind are summed up together. */
  readonly kind: string;
  /** Parameters of the question, as a page asks it. */
  readonly question: Readonly<Record<string, string>>;
  readonly service: string;
  /** Attribute at fault, where it is known. */
  readonly attribute?: { readonly key: string; readonly value: string };
}

interface Found {
  readonly finding: {
    readonly kind: string;
    readonly service: string;
    readonly key?: string;
    readonly value?: string;
    readonly [more: string]: unknown;
  };
  readonly score: number;
  readonly chance: number;
  readonly selection: { readonly share: number; readonly of: number };
  readonly baseline: { readonly share: number; readonly of: number };
}

export interface Answer {
  readonly selection: { readonly traces: number; readonly tracesSampled: number };
  readonly baseline: { readonly traces: number; readonly tracesSampled: number };
  readonly differences: readonly (Found & { readonly alike: readonly Found[] })[];
}

/** Where in an answer a fault was named, from 1 on; undefined where it was not. */
export interface Judgement {
  /** The first finding that is about the service, or names it by an attribute. */
  readonly service: number | undefined;
  /** The first that has the attribute at fault, alone or with what says the same. */
  readonly attribute: number | undefined;
}

export function judge({ service, attribute }: FaultCase, { differences }: Answer): Judgement {
  const place = (isIt: (finding: Found["finding"]) => boolean, withAlike: boolean) => {
    const at = differences.findIndex(
      ({ finding, alike }) =>
        isIt(finding) || (withAlike && alike.some((one) => isIt(one.finding))),
    );
    return at === -1 ? undefined : at + 1;
  };
  return {
    service: place((finding) => finding.service === service, false),
    attribute:
      attribute === undefined
        ? undefined
        : place(
            ({ key, value, service: of }) =>
              of === service && key === attribute.key && value === attribute.value,
            true,
          ),
  };
}

/** A finding in a line. */
export function told({ finding, score, selection, baseline }: Found): string {
  const { kind, service, ...rest } = finding;
  const shares = `${Math.round(100 * selection.share)}% of ${selection.of} : ${Math.round(100 * baseline.share)}% of ${baseline.of}`;
  return `${score.toFixed(2)} ${kind} ${service} ${JSON.stringify(rest).slice(0, 160)} (${shares})`;
}
