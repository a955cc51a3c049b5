import { z } from "zod";
import { SightglassError } from "#core/errors.ts";
import type { KeySettings } from "./key-settings.ts";

/** An access key. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Gives the access key to use now: that of a role changes every few hours. */
export type CredentialSource = () => Promise<Credentials>;

/** An optional peer: it finds credentials of machines, containers, roles and profiles. */
const PROVIDER_PACKAGE: string = "@aws-sdk/credential-provider-node";

const providerModule = z.object({
  defaultProvider: z.custom<() => CredentialSource>((value) => typeof value === "function"),
});

/**
 * Where credentials come from: the settings, or wherever Amazon's own tools look for them.
 *
 * @param who What the message calls who needs them, such as `S3Destination`.
 * @throws SightglassError `config_invalid` with how to install what is missing.
 */
export async function credentialSource(
  { accessKeyId, secretAccessKey, sessionToken }: KeySettings,
  who: string,
  load: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<CredentialSource> {
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const fixed = {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    };
    return async () => fixed;
  }
  try {
    return providerModule.parse(await load(PROVIDER_PACKAGE)).defaultProvider();
  } catch (error) {
    throw new SightglassError(
      "config_invalid",
      `${who} without accessKeyId requires the "${PROVIDER_PACKAGE}" package. Install it with: npm install ${PROVIDER_PACKAGE}`,
      { cause: error },
    );
  }
}
