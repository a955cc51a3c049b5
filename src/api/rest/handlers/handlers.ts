import type { Cursors } from "#query/cursor.ts";
import type { DeadLetterBox } from "#pipeline/delivery/dead-letter-boxes.ts";
import type { OperationId } from "../../contract/routes.ts";
import { type HandlersOf, rangeBy } from "../route-request.ts";
import { attributeHandlers } from "./attributes.ts";
import { changeHandlers } from "./changes.ts";
import { deadLetterHandlers } from "./dead-letters.ts";
import { eventHandlers } from "./events.ts";
import { logHandlers } from "./logs.ts";
import { metricHandlers } from "./metrics.ts";
import { oneTraceHandlers } from "./one-trace.ts";
import { type PipelineConfig, pipelineConfigHandlers } from "./pipeline-config.ts";
import { pipelineHandlers, type PipelineSources } from "./pipelines.ts";
import { searchHandlers } from "./search.ts";
import { serviceHandlers } from "./services.ts";
import { settingsHandlers, type SettingsSources } from "./settings.ts";
import { statusHandlers, type StatusSources } from "./status.ts";
import { traceHandlers } from "./traces.ts";

/** What the routes answer from. */
export interface HandlerSources extends StatusSources, PipelineSources, SettingsSources {
  readonly cursors: Cursors;
  readonly pipelineConfig?: PipelineConfig;
  readonly deadLetters: () => readonly DeadLetterBox[];
}

export type Handlers = HandlersOf<OperationId>;

/** The handler of every route. */
export function createHandlers(sources: HandlerSources): Handlers {
  const { clock, cursors } = sources;
  const range = rangeBy(clock);
  return {
    ...serviceHandlers(range, clock),
    ...changeHandlers(range, clock),
    ...traceHandlers(range, cursors),
    ...oneTraceHandlers(),
    ...logHandlers(range, cursors),
    ...eventHandlers(clock),
    ...metricHandlers(range),
    ...attributeHandlers(range),
    ...searchHandlers(range),
    ...pipelineHandlers(sources),
    ...pipelineConfigHandlers(sources.pipelineConfig),
    ...deadLetterHandlers(sources.deadLetters, cursors),
    ...statusHandlers(sources),
    ...settingsHandlers(sources),
  };
}
