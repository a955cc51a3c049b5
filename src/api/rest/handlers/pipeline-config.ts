import { SightglassError } from "#core/errors.ts";
import type { PipelineConfigAnswer, PipelineVerdict } from "../../contract/pipeline-config.ts";
import type { HandlersOf } from "../route-request.ts";

/** The graph as it is written, seen and changed. Texts are YAML or JSON. */
export interface PipelineConfig {
  show(): Promise<PipelineConfigAnswer>;
  /** Changes nothing. */
  validate(text: string): Promise<PipelineVerdict>;
  /** Resolves with what it changed. @throws SightglassError `bad_request`: then nothing has changed. */
  replace(text: string): Promise<string[]>;
}

type ConfigHandlers = HandlersOf<"getPipelineConfig" | "validatePipelines" | "putPipelineConfig">;

export function pipelineConfigHandlers(config: PipelineConfig | undefined): ConfigHandlers {
  const given = (): PipelineConfig => {
    if (config !== undefined) return config;
    throw new SightglassError("not_found", "this server was started without a configuration file");
  };
  return {
    getPipelineConfig: () => given().show(),
    validatePipelines: ({ body }) => given().validate(body),
    putPipelineConfig: async ({ body }) => ({ changes: await given().replace(body) }),
  };
}
