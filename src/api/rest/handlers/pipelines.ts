import type { LiveComponent } from "#pipeline/live/live-component.ts";
import type { PipelinesAnswer } from "../../contract/pipelines.ts";
import type { HandlersOf } from "../route-request.ts";
import { sampleComponent } from "./samples.ts";

/** What the running pipelines are seen through. */
export interface PipelineSources {
  readonly pipelines: () => PipelinesAnswer;
  readonly liveComponents: (pipeline: string) => readonly LiveComponent[];
}

export function pipelineHandlers(
  sources: PipelineSources,
): HandlersOf<"listPipelines" | "sampleComponent"> {
  return {
    listPipelines: () => sources.pipelines(),
    sampleComponent: ({ params, query, context: { org } }) =>
      sampleComponent(sources.liveComponents(params.pipeline), params, query, org),
  };
}
