import { z } from "zod";
import { SightglassError } from "#core/errors.ts";
import { installHint, type OptionalPackage, type ReadVariable } from "../optional-packages.ts";
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

/** Who asks for credentials, and what it asks. */
export interface CredentialRequest {
  /** What messages call who needs them, such as `S3Destination`. */
  readonly who: string;
  readonly settings: KeySettings;
  /** Without it no variable is read. */
  readonly variable?: ReadVariable | undefined;
}

/**
 * Where credentials come from: the settings, the variables that Amazon's own tools read first, or else
 * wherever those tools look for them.
 *
 * @throws SightglassError `config_invalid` with how to install what is missing.
 */
export async function credentialSource(
  request: CredentialRequest,
  load: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<CredentialSource> {
  const fixed = fixedKey(request);
  if (fixed !== undefined) return async () => fixed;
  try {
    return providerModule.parse(await load(PROVIDER_PACKAGE)).defaultProvider();
  } catch (error) {
    const hint = installHint(providerNeededBy(request.who));
    throw new SightglassError("config_invalid", hint, { cause: error });
  }
}

/** What must be installed for these credentials: nothing where a key is in the settings or the variables. */
export function credentialPackages(request: CredentialRequest): readonly OptionalPackage[] {
  return fixedKey(request) === undefined ? [providerNeededBy(request.who)] : [];
}

/** A key that needs no looking for. An empty variable is none. */
function fixedKey({ settings, variable = () => undefined }: CredentialRequest) {
  const { accessKeyId, secretAccessKey, sessionToken } = settings;
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return keyOf(accessKeyId, secretAccessKey, sessionToken);
  const id = variable("AWS_ACCESS_KEY_ID") ?? "";
  const secret = variable("AWS_SECRET_ACCESS_KEY") ?? "";
  if (id === "" || secret === "") return undefined;
  return keyOf(id, secret, variable("AWS_SESSION_TOKEN"));
}

function keyOf(
  accessKeyId: string,
  secretAccessKey: string,
  sessionToken: string | undefined,
): Credentials {
  const key = { accessKeyId, secretAccessKey };
  return sessionToken === undefined || sessionToken === "" ? key : { ...key, sessionToken };
}

function providerNeededBy(who: string): OptionalPackage {
  return {
    name: PROVIDER_PACKAGE,
    neededBy: `${who} without accessKeyId`,
    instead:
      "accessKeyId and secretAccessKey, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment",
  };
}
