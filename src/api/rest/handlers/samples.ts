import { SightglassError } from "#core/errors.ts";
import { formatTime } from "#core/time.ts";
import type { LiveComponent } from "#pipeline/live/live-component.ts";
import { jsonOfSample, type RowSample, type SampledRow } from "#pipeline/live/row-samples.ts";
import type { ParamsOf, QueryOf } from "../../contract/routes.ts";
import type { SamplesAnswer } from "../../contract/samples.ts";
import { InvalidRequest } from "../invalid-request.ts";

/** Answers with what was taken of a component's rows, and has more taken for a while. */
export function sampleComponent(
  components: readonly LiveComponent[],
  { pipeline, name }: ParamsOf<"sampleComponent">,
  { kind, limit }: QueryOf<"sampleComponent">,
  org: string,
): SamplesAnswer {
  const found = components.filter(
    (one) => one.name === name && (kind === undefined || one.kind === kind),
  );
  const [component] = found;
  if (component === undefined) {
    const what = `${kind ?? "component"} ${JSON.stringify(name)}`;
    const where = `the pipeline ${JSON.stringify(pipeline)}`;
    throw new SightglassError("not_found", `there is no ${what} in ${where}`);
  }
  if (found.length > 1) {
    const allowed = found.map((one) => one.kind).join(", ");
    throw new InvalidRequest([{ where: "kind", found: "nothing", allowed }]);
  }
  const { samples } = component;
  return {
    pipeline,
    kind: component.kind,
    name,
    takenUntil: timeText(samples.arm()),
    hidden: hiddenOf(component),
    data: samples.list(org, limit).map(answerOf),
  };
}

function hiddenOf({ hiddenBy: { before, after } }: LiveComponent): SamplesAnswer["hidden"] {
  const names = [...new Set([...before, ...after])];
  return {
    before: before.length > 0,
    after: after.length > 0,
    because:
      names.length === 0
        ? null
        : `${names.join(", ")} comes later, and http.unredactedSamples is not set`,
  };
}

function answerOf({ timeMs, signal, outcome, before, after }: RowSample): SamplesAnswer["data"][0] {
  return { time: timeText(timeMs), signal, outcome, before: rowOf(before), after: rowOf(after) };
}

function rowOf(row: SampledRow | undefined): SamplesAnswer["data"][0]["before"] {
  return row === undefined ? null : jsonOfSample(row);
}

function timeText(ms: number): string {
  return formatTime(BigInt(Math.floor(ms)) * 1_000_000n);
}
