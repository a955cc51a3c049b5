import type { AttributesAnswer } from "#api/contract/attributes.ts";
import type { Answers } from "./answers.ts";

const sent: AttributesAnswer = {
  data: [{ key: "service.name", level: "resource", value: "storefront", count: 184_220 }],
};

/** Just started: nothing but Sightglass's own telemetry. */
const own: AttributesAnswer = {
  data: [{ key: "service.name", level: "resource", value: "sightglass", count: 12 }],
};

export const filledAttributes = () => ({ listAttributes: sent }) satisfies Answers;

export const emptyAttributes = (): Answers => ({ listAttributes: own });
