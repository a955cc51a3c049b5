import type { PipelineVerdict } from "#api/contract/pipeline-config.ts";
import { useEffect, useState } from "react";
import { validatePipelines } from "../../lib/api/pipelines.ts";
import { type ApiError, ApiFailure } from "../../lib/api/request.ts";

/** From the last key until a text is judged. */
const SETTLE_MS = 350;

/** What the server says of a text; undefined until it has said it. */
export interface Judged {
  readonly text: string;
  readonly verdict?: PipelineVerdict;
  /** Why there is none. */
  readonly error?: ApiError;
}

/** Has a text judged a moment after it was changed. Nothing is changed by it: it is a dry run. */
export function useVerdict(text: string | undefined): Judged | undefined {
  const [judged, setJudged] = useState<Judged>();
  useEffect(() => {
    if (text === undefined) return undefined;
    const cancel = new AbortController();
    const timer = setTimeout(() => {
      validatePipelines(text, cancel.signal).then(
        (verdict) => setJudged({ text, verdict }),
        (error: unknown) => {
          if (error instanceof ApiFailure) setJudged({ text, error: error.error });
        },
      );
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      cancel.abort();
    };
  }, [text]);
  return judged?.text === text ? judged : undefined;
}
