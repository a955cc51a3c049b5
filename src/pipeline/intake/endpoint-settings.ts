import { z } from "zod";
import {
  type Address,
  ADDRESS_ALLOWED,
  formatAddress,
  isLoopback,
  parseAddress,
} from "#core/address.ts";

/** A setting that says where a receiver listens. */
export function endpointSetting(defaultText: string, description: string) {
  return z
    .string()
    .default(defaultText)
    .transform((text, context): Address => {
      const address = parseAddress(text);
      if (address !== undefined) return address;
      context.addIssue({ code: "custom", message: `found ${text}, allowed is ${ADDRESS_ALLOWED}` });
      return z.NEVER;
    })
    .describe(`${description} Port 0 takes any free one.`);
}

/** A setting for what senders must show. */
export const tokenSetting = z
  .string()
  .regex(/^\S+$/, "allowed is text without blanks")
  .optional()
  .describe(
    "What senders must show as bearer token, or as the password of basic authentication. Without it only loopback addresses are served.",
  )
  .meta({ secret: true, examples: ["${env:RECEIVER_TOKEN}"] });

/** A refinement: whoever can be reached from outside must ask for a token. */
export function guarded(
  settings: { readonly endpoint: Address; readonly token?: string | undefined },
  context: z.core.$RefinementCtx,
): void {
  if (settings.token !== undefined || isLoopback(settings.endpoint.host)) return;
  context.addIssue({
    code: "custom",
    path: ["token"],
    message: `is needed where the endpoint is not a loopback address: found ${formatAddress(settings.endpoint)}`,
  });
}
