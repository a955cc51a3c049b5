import type { LinearRegex } from "#pipeline/expression/linear-regex.ts";
import type { EventView } from "./event-view.ts";
import { Levels } from "./levels.ts";
import { eventPattern, type FilterSettings } from "./settings.ts";

/** Why a row was dropped, as the statistics count it. */
export type DropReason =
  | "pattern"
  | "level"
  | "type"
  | "low_value"
  | "custom"
  | "condition"
  | "allowlist";

const LOW_VALUE_TYPES: ReadonlySet<string> = new Set([
  "heartbeat",
  "health_check",
  "ping",
  "pong",
  "keepalive",
  "status",
  "info",
]);
const LOW_VALUE_LEVELS = new Levels(["debug", "trace"]);
/** The most fields of an event that says nothing. */
const EMPTY_FIELDS_MAX = 5;

/** The rules of seed 003 on events, but for `customFilter`: pure decisions on one event at a time. */
export class EventRules {
  private readonly keepPatterns: readonly LinearRegex[];
  private readonly dropPatterns: readonly LinearRegex[];
  private readonly dropLevels: Levels;
  private readonly dropEventTypes: ReadonlySet<string>;
  private readonly keepEventTypes: ReadonlySet<string>;
  private readonly dropLowValue: boolean;

  constructor(settings: FilterSettings) {
    this.keepPatterns = settings.keepPatterns.map(eventPattern);
    this.dropPatterns = settings.dropPatterns.map(eventPattern);
    this.dropLevels = new Levels(settings.dropLevels);
    this.dropEventTypes = new Set(settings.dropEventTypes);
    this.keepEventTypes = new Set(settings.keepEventTypes);
    this.dropLowValue = settings.dropLowValue;
  }

  /** Whether there is a rule that names what to keep. */
  get hasKeepRule(): boolean {
    return this.keepPatterns.length > 0 || this.keepEventTypes.size > 0;
  }

  /** Whether the event is kept before anything else is asked. */
  isKept(event: EventView): boolean {
    return this.keepPatterns.some((pattern) => pattern.test(event.text));
  }

  /** Whether the event's type is one of those that are to be kept. */
  isListed(event: EventView): boolean {
    return this.keepEventTypes.size > 0 && this.keepEventTypes.has(event.type);
  }

  /** Why an event is dropped that is not listed; undefined where nothing drops it. */
  dropReason(event: EventView): DropReason | undefined {
    if (this.dropPatterns.some((pattern) => pattern.test(event.text))) return "pattern";
    if (!this.dropLevels.isEmpty && this.dropLevels.has(event.severity, event.severityText))
      return "level";
    if (this.keepEventTypes.size > 0) return "type";
    if (this.dropEventTypes.size > 0 && this.dropEventTypes.has(event.type)) return "type";
    return this.dropLowValue && isLowValue(event) ? "low_value" : undefined;
  }
}

function isLowValue(event: EventView): boolean {
  if (!event.isJsonEvent) return false;
  if (LOW_VALUE_TYPES.has(event.type)) return true;
  if (LOW_VALUE_LEVELS.has(event.severity, event.severityText)) return true;
  return event.fieldCount <= EMPTY_FIELDS_MAX && !event.hasContent;
}
