import { describe, expect, it } from "vitest";
import type { ReadVariable } from "../optional-packages.ts";
import { credentialPackages, credentialSource } from "./credentials.ts";

const who = "S3Destination";
const HINT =
  'S3Destination without accessKeyId requires the "@aws-sdk/credential-provider-node" package. Install it with: npm install @aws-sdk/credential-provider-node';

const missing = (): Promise<never> => Promise.reject(new Error("Cannot find package"));

function variables(values: Readonly<Record<string, string>>): ReadVariable {
  return (name) => values[name];
}

async function credentials(settings: object, variable?: ReadVariable) {
  return (await credentialSource({ who, settings, variable }, missing))();
}

describe("credentials", () => {
  const ENVIRONMENT = { AWS_ACCESS_KEY_ID: "env-id", AWS_SECRET_ACCESS_KEY: "env-secret" };

  it("are those of the settings, whatever the environment has", async () => {
    const settings = { accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token" };
    expect(await credentials(settings, variables(ENVIRONMENT))).toEqual(settings);
  });

  it("are those of the environment, without any package", async () => {
    const found = { accessKeyId: "env-id", secretAccessKey: "env-secret" };
    expect(await credentials({}, variables(ENVIRONMENT))).toEqual(found);
    const withToken = variables({ ...ENVIRONMENT, AWS_SESSION_TOKEN: "env-token" });
    expect(await credentials({}, withToken)).toEqual({ ...found, sessionToken: "env-token" });
    const withEmptyToken = variables({ ...ENVIRONMENT, AWS_SESSION_TOKEN: "" });
    expect(await credentials({}, withEmptyToken)).toEqual(found);
  });

  it("are else looked for where Amazon's tools do", async () => {
    const found = { accessKeyId: "role-id", secretAccessKey: "role-secret" };
    const load = async (): Promise<unknown> => ({ defaultProvider: () => async () => found });
    const half = variables({ AWS_ACCESS_KEY_ID: "env-id", AWS_SECRET_ACCESS_KEY: "" });
    const source = await credentialSource({ who, settings: {}, variable: half }, load);
    expect(await source()).toEqual(found);
  });

  it("say what to install when there is nothing else", async () => {
    await expect(credentials({})).rejects.toMatchObject({ code: "config_invalid", message: HINT });
  });

  it("need a package only when there is no key", () => {
    const settings = { accessKeyId: "id", secretAccessKey: "secret" };
    expect(credentialPackages({ who, settings })).toEqual([]);
    expect(credentialPackages({ who, settings: {}, variable: variables(ENVIRONMENT) })).toEqual([]);
    expect(credentialPackages({ who, settings: {} })).toMatchObject([
      { name: "@aws-sdk/credential-provider-node" },
    ]);
  });
});
