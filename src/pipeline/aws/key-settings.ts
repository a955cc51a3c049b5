import { z } from "zod";

/** The fields by which whatever sends to Amazon's services is told its region and access key. */
export const KEY_SETTINGS = {
  accessKeyId: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Access key. Without it that of the environment is taken (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`); without one there, credentials are looked for where Amazon's tools do, which needs the package @aws-sdk/credential-provider-node.",
    )
    .meta({ examples: ["${env:AWS_ACCESS_KEY_ID}"] }),
  secretAccessKey: z
    .string()
    .min(1)
    .optional()
    .describe("The access key's secret.")
    .meta({ secret: true, examples: ["${env:AWS_SECRET_ACCESS_KEY}"] }),
  sessionToken: z
    .string()
    .min(1)
    .optional()
    .describe("Token of a temporary access key.")
    .meta({ secret: true, examples: ["${env:AWS_SESSION_TOKEN}"] }),
};

export interface KeySettings {
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
}

/** What a region's name may be. */
export const regionSchema = z
  .string()
  .regex(/^[a-z0-9-]+$/, "a region such as us-east-1")
  .default("us-east-1");

/** Adds an issue when only half of a key is there. */
export function refuseHalfKey(
  { accessKeyId, secretAccessKey }: KeySettings,
  context: Pick<z.RefinementCtx, "addIssue">,
): void {
  if ((accessKeyId === undefined) === (secretAccessKey === undefined)) return;
  const message = "accessKeyId and secretAccessKey go together";
  context.addIssue({ code: "custom", path: ["secretAccessKey"], message });
}

/** The origin of a service in a region: https://docs.aws.amazon.com/general/latest/gr/rande.html */
export function amazonOrigin(service: string, region: string): string {
  return `https://${service}.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}
