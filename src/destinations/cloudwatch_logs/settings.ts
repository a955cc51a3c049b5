import { z } from "zod";
import { KEY_SETTINGS, refuseHalfKey, regionSchema } from "#pipeline/aws/key-settings.ts";
import { nameTemplateSetting, placeholdersInWords } from "#pipeline/delivery/name-template.ts";
import { flushInterval, REQUEST_SETTINGS } from "#pipeline/outbound/request-settings.ts";
import { NAME_CHARACTERS_MAX, NAME_PLACEHOLDERS } from "./names.ts";

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
] as const;

const template = nameTemplateSetting(NAME_PLACEHOLDERS, NAME_CHARACTERS_MAX);

/** Times are milliseconds. */
export const cloudwatchLogsSettings = z
  .strictObject({
    logGroup: template
      .default("/sightglass/{service.name}")
      .describe(`The log group. In it ${placeholdersInWords(NAME_PLACEHOLDERS)} are filled in.`),
    logStream: template
      .default("{org}/{yyyy-MM-dd}")
      .describe("The log stream, with the same placeholders. Times are by UTC."),
    region: regionSchema.describe("The log groups' region."),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("Address of the service, such as a VPC's. Without it Amazon's of the region.")
      .meta({ examples: ["https://logs.example.com"] }),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe("Whether the endpoint may be a private or loopback address."),
    ...KEY_SETTINGS,
    createMissing: z
      .boolean()
      .default(true)
      .describe("Whether groups and streams that are not there are created."),
    retentionDays: z
      .literal(RETENTION_DAYS)
      .optional()
      .describe("How long a group that is created keeps its events. Without it: for ever.")
      .meta({ examples: [30] }),
    ...REQUEST_SETTINGS,
    flushInterval: flushInterval(5_000),
  })
  .superRefine(refuseHalfKey);

export type CloudwatchLogsSettings = z.infer<typeof cloudwatchLogsSettings>;
