import type { AlikeDifference, DifferenceFinding } from "#api/contract/trace-views.ts";
import { duration, percent } from "../../lib/format.ts";

/** A finding in words; names from outside stand apart, so that each is drawn as one. */
export type WordPiece = string | { readonly name: string };

/** What a finding says, as a sentence. */
export function findingWords(difference: AlikeDifference): WordPiece[] {
  const { finding, selection, baseline } = difference;
  const isMore = selection.share > baseline.share;
  switch (finding.kind) {
    case "service":
      return [{ name: finding.service }, isMore ? " takes part" : " takes no part"];
    case "operation":
      return [
        { name: finding.operation },
        " of ",
        { name: finding.service },
        isMore ? " takes part" : " takes no part",
      ];
    case "error":
      return [
        isMore ? "Errors begin at " : "Fewer errors begin at ",
        { name: finding.operation },
        " of ",
        { name: finding.service },
      ];
    case "attribute":
      return [
        { name: finding.key },
        ...valueWords(finding, isMore),
        finding.level === "event" ? " in an event of " : " on ",
        { name: finding.service },
      ];
    case "time":
      return [
        { name: finding.service },
        isSlower(finding) ? " itself is slower, most at " : " itself is faster, most at ",
        { name: finding.operation },
      ];
    case "network":
      return [
        isSlower(finding) ? "Slower on the way to or from " : "Faster on the way to or from ",
        { name: finding.service },
        ", most at ",
        { name: finding.operation },
      ];
    case "calls":
      return [
        { name: finding.operation },
        " of ",
        { name: finding.service },
        callsVerb(finding),
        { name: finding.callee.operation },
        ...(finding.callee.service === finding.service
          ? []
          : [" of ", { name: finding.callee.service }]),
      ];
    case "log":
      return [
        { name: finding.service },
        isMore ? " logs " : " does not log ",
        { name: finding.text },
      ];
  }
}

type Of<Kind> = Extract<DifferenceFinding, { kind: Kind }>;

function valueWords(finding: Of<"attribute">, isMore: boolean): WordPiece[] {
  if (finding.above !== undefined) return [` above ${roundNumber(finding.above)}`];
  if (finding.atMost !== undefined) return [` at most ${roundNumber(finding.atMost)}`];
  return [isMore ? " is " : " is not ", { name: finding.value ?? "" }];
}

function roundNumber(value: number): string {
  return new Intl.NumberFormat("en", { maximumSignificantDigits: 6 }).format(value);
}

function isSlower({ selectionMs, baselineMs }: { selectionMs: number; baselineMs: number }) {
  return selectionMs > baselineMs;
}

function callsVerb({ selectionCalls, baselineCalls }: Of<"calls">): string {
  if (selectionCalls < 0.05 * baselineCalls) return " no longer calls ";
  if (baselineCalls < 0.05 * selectionCalls) return " now calls ";
  return selectionCalls > baselineCalls ? " calls more often " : " calls less often ";
}

/** What is measured beside the shares; empty for most. */
export function findingFigures({ finding, lift, chance }: AlikeDifference): string {
  const parts: string[] = [];
  if (finding.kind === "time" || finding.kind === "network") {
    parts.push(`${duration(finding.baselineMs)} → ${duration(finding.selectionMs)} a span`);
    if (finding.shareOfExtra !== undefined)
      parts.push(`${percent(finding.shareOfExtra)} of the extra time`);
  } else if (finding.kind === "calls")
    parts.push(
      `${finding.baselineCalls.toFixed(2)} → ${finding.selectionCalls.toFixed(2)} calls a span`,
    );
  else if (lift !== null && lift >= 1.5) parts.push(`${liftText(lift)} as frequent`);
  parts.push(chanceText(chance));
  return parts.join(" · ");
}

function liftText(lift: number): string {
  return lift >= 10 ? `${Math.round(lift)}×` : `${lift.toFixed(1)}×`;
}

function chanceText(chance: number): string {
  if (chance < 0.000_001) return "less than 1 in a million by chance";
  return `1 in ${new Intl.NumberFormat("en", { maximumSignificantDigits: 2 }).format(1 / chance)} by chance`;
}

/** The field and value by which the search can be narrowed to a finding; undefined where it cannot be said. */
export function searchFieldOf(
  finding: DifferenceFinding,
): { readonly field: string; readonly value: string }[] | undefined {
  const service = { field: "service", value: finding.service };
  switch (finding.kind) {
    case "service":
      return [service];
    case "operation":
    case "time":
    case "calls":
      return [service, { field: "operation", value: finding.operation }];
    case "error":
      return [
        service,
        { field: "operation", value: finding.operation },
        { field: "status", value: "error" },
      ];
    case "attribute":
      // The name of an event is no attribute.
      if (finding.value === undefined || finding.key === "event.name") return undefined;
      return [service, { field: finding.key, value: finding.value }];
    case "network":
    case "log":
      return undefined;
  }
}
