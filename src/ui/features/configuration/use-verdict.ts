import type { PipelineVerdict } from "#api/contract/pipeline-config.ts";
import { useEffect, useState } from "react";
import { validatePipelines } from "../../lib/api/pipelines.ts";
import { type ApiError, ApiFailure } from "../../lib/api/request.ts";

/** From the last key until a text is judged. */
const SETTLE_MS = 350;

/** What the server says of a text; undefined until it has said it. */
export interface Judged {
  readonly text: string;
  /** The text that ran then. */
  readonly runs: string;
  readonly verdict?: PipelineVerdict;
  /** Why there is none. */
  readonly error?: ApiError;
}

/**
 * Has a text judged a moment after it, or what `runs`, was changed. Nothing is changed by it: it is a dry run.
 */
export function useVerdict(text: string | undefined, runs: string): Judged | undefined {
  const [judged, setJudged] = useState<Judged>();
  useEffect(() => {
    if (text === undefined) return undefined;
    const cancel = new AbortController();
    const timer = setTimeout(() => {
      validatePipelines(text, cancel.signal).then(
        (verdict) => setJudged({ text, runs, verdict }),
        (error: unknown) => {
          if (error instanceof ApiFailure) setJudged({ text, runs, error: error.error });
        },
      );
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      cancel.abort();
    };
  }, [text, runs]);
  const isOfThis = judged !== undefined && judged.text === text && judged.runs === runs;
  return isOfThis ? judged : undefined;
}
