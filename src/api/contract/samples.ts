import { z } from "zod";
import { wholeNumber } from "./parameters.ts";
import { timeOut } from "./values.ts";

const NAME_CHARACTERS_MAX = 256;
const SAMPLES_MAX = 50;
const SAMPLES_DEFAULT = 20;

export const COMPONENT_KINDS = ["receiver", "processor", "destination"] as const;

export const samplesParams = z.strictObject({
  pipeline: z.string().min(1).max(NAME_CHARACTERS_MAX).describe("The name of a pipeline."),
  name: z
    .string()
    .min(1)
    .max(NAME_CHARACTERS_MAX)
    .describe("The name of a component in it; the slash of one is written `%2F`."),
});

export const samplesQuery = z.strictObject({
  kind: z
    .enum(COMPONENT_KINDS, { error: COMPONENT_KINDS.join(", ") })
    .optional()
    .describe("Needed where a receiver and a destination have the same name."),
  limit: wholeNumber(1, SAMPLES_MAX)
    .default(SAMPLES_DEFAULT)
    .describe(`Rows: 1 to ${SAMPLES_MAX}, ${SAMPLES_DEFAULT} by default.`),
});

const row = z
  .record(z.string(), z.unknown())
  .nullable()
  .describe("As docs/formats/rows-as-json.md says; null where there is none, or it is hidden.");

export const samplesAnswer = z
  .object({
    pipeline: z.string(),
    kind: z.enum(COMPONENT_KINDS),
    name: z.string(),
    takenUntil: timeOut.describe("Rows are taken until then; each request moves it."),
    hidden: z
      .object({ before: z.boolean(), after: z.boolean(), because: z.string().nullable() })
      .describe("Which side of the component is not shown, and why."),
    data: z
      .array(
        z.object({
          time: timeOut,
          signal: z.enum(["traces", "logs", "metrics"]),
          outcome: z
            .enum(["passed", "changed", "dropped", "taken", "refused", "delivered", "dead_letter"])
            .describe(
              "`passed`, `changed`, `dropped` at a processor; `taken`, `refused` at a receiver; `delivered`, `dead_letter` at a destination.",
            ),
          before: row,
          after: row,
        }),
      )
      .describe("The newest first."),
  })
  .meta({ id: "ComponentSamples" });
export type SamplesAnswer = z.infer<typeof samplesAnswer>;
