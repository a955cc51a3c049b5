import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfig } from "./load.ts";
import { ConfigError, type ConfigProblem } from "./problems.ts";
import type { Environment } from "./references.ts";

const TOKEN = "0123456789abcdef0123";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sightglass-config-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function load(yaml: string | undefined, environment: Environment = {}) {
  if (yaml !== undefined) writeFileSync(join(folder, "sightglass.yaml"), yaml);
  return loadConfig({ environment, folder });
}

async function problemsOf(
  yaml: string | undefined,
  environment: Environment = {},
): Promise<readonly ConfigProblem[]> {
  const error: unknown = await load(yaml, environment).catch((thrown: unknown) => thrown);
  if (error instanceof ConfigError) return error.problems;
  throw new Error("The configuration was taken", { cause: error });
}

test("without a file and an environment everything has its default", async () => {
  const { settings, file } = await load(undefined);
  expect(file).toBeUndefined();
  expect(settings.dataDir).toBe(join(folder, "data"));
  expect(settings.http.endpoint).toEqual({ host: "127.0.0.1", port: 4319 });
  expect(settings.receivers.otlp.http.endpoint).toEqual({ host: "127.0.0.1", port: 4318 });
  expect(settings.receivers.otlp.grpc.endpoint).toEqual({ host: "127.0.0.1", port: 4317 });
  expect(settings.retention).toEqual({ traces: 30, logs: 30, metrics: 30, aggregates: 90 });
  expect(settings.token).toBeUndefined();
});

test("reads YAML, and JSON in the same file", async () => {
  const yaml = await load(
    "retention:\n  traces: off\n  logs: 7\njournal: { backlogBytesMax: 1 GiB }\n",
  );
  expect(yaml.settings.retention).toMatchObject({ traces: "off", logs: 7, metrics: 30 });
  expect(yaml.settings.journal.backlogBytesMax).toBe(1024 ** 3);
  const json = await load('{"retention": {"traces": 3}}');
  expect(json.settings.retention.traces).toBe(3);
});

test("a section without content means its defaults", async () => {
  const { settings } = await load("retention:\nlog:\n  level:\n");
  expect(settings.retention.traces).toBe(30);
  expect(settings.log.level).toBe("info");
});

test("the environment wins over the file", async () => {
  const { settings, explanation } = await load("http:\n  endpoint: 127.0.0.1:1\n", {
    SIGHTGLASS_HTTP: "[::1]:0",
  });
  expect(settings.http.endpoint).toEqual({ host: "::1", port: 0 });
  expect(explanation.find(({ path }) => path === "http.endpoint")).toMatchObject({
    path: "http.endpoint",
    value: "[::1]:0",
    origin: "SIGHTGLASS_HTTP",
  });
});

test("explains where each setting comes from, and shows no secret", async () => {
  const { explanation } = await load(`\ntoken: ${TOKEN}\nlog:\n  level: debug\n`);
  const of = (path: string) => explanation.find((entry) => entry.path === path);
  expect(of("token")).toMatchObject({ value: "(set, not shown)", origin: "sightglass.yaml:2" });
  expect(of("log.level")).toMatchObject({ value: "debug", origin: "sightglass.yaml:4" });
  expect(of("log.format")).toMatchObject({ value: "auto", origin: "default" });
  expect(JSON.stringify(explanation)).not.toContain(TOKEN);
});

test("replaces references to the environment, for numbers and flags too", async () => {
  const yaml = [
    'token: "${env:A}${env:B}"',
    "retention: { traces: '${env:DAYS}' }",
    "self: { enabled: '${env:SELF}' }",
  ].join("\n");
  const { settings } = await load(yaml, {
    A: "0123456789",
    B: "abcdefghij",
    DAYS: "12",
    SELF: "false",
  });
  expect(settings.token).toBe("0123456789abcdefghij");
  expect(settings.retention.traces).toBe(12);
  expect(settings.self.enabled).toBe(false);
});

test("takes `$${` for `${` as it stands, and what a variable has as it is", async () => {
  const hosts = 'http: { allowedHosts: ["a$${x}", "$$", "${env:A}", "$${env:A}", "$"] }';
  const { settings } = await load(hosts, { A: "${y}" });
  expect(settings.http.allowedHosts).toEqual(["a${x}", "$$", "${y}", "${env:A}", "$"]);
});

test("reads a secret from a file, without its last line end", async () => {
  writeFileSync(join(folder, "token"), `${TOKEN}\n`);
  expect((await load("token: file:token")).settings.token).toBe(TOKEN);
  expect((await load(undefined, { SIGHTGLASS_TOKEN: "file:token" })).settings.token).toBe(TOKEN);
});

test("only secrets are read from files", async () => {
  writeFileSync(join(folder, "level"), "debug");
  expect(await problemsOf("log: { level: 'file:level' }")).toMatchObject([
    { path: "log.level", found: '"file:level"' },
  ]);
});

describe("a wrong setting names its place, what was found and what is allowed:", () => {
  const daysAllowed = 'a whole number of days from 1 to 36500, or "off" to keep everything';
  const sizeAllowed =
    'a size from 64 MiB to 1 TiB, as a number of bytes or as text such as "512 MiB"';
  test.each<[string, string, Partial<ConfigProblem>]>([
    [
      "text for a number",
      "retention:\n  traces: thirty",
      {
        where: "sightglass.yaml:2",
        path: "retention.traces",
        found: '"thirty"',
        allowed: daysAllowed,
      },
    ],
    [
      "a number out of range",
      "retention: { logs: 0 }",
      { path: "retention.logs", found: "0", allowed: daysAllowed },
    ],
    ["a fraction", "retention: { logs: 1.5 }", { found: "1.5", allowed: daysAllowed }],
    [
      "an unknown key",
      "retention:\n  logs: 1\n  trces: 4",
      {
        where: "sightglass.yaml:3",
        path: "retention.trces",
        found: "an unknown setting",
        allowed: "traces, logs, metrics, aggregates",
        hint: "Did you mean traces?",
      },
    ],
    [
      "an unknown key that is like none",
      "zzzzzz: 4",
      { path: "zzzzzz", found: "an unknown setting" },
    ],
    [
      "a choice",
      "log: { level: loud }",
      { found: '"loud"', allowed: "one of debug, info, warn, error" },
    ],
    ["a flag", "self: { enabled: 1 }", { found: "1", allowed: "true or false" }],
    ["a size", "journal: { backlogBytesMax: 12 MB }", { found: '"12 MB"', allowed: sizeAllowed }],
    [
      "a size out of range",
      "journal: { backlogBytesMax: 1 KiB }",
      { found: '"1 KiB"', allowed: sizeAllowed },
    ],
    [
      "a value for a section",
      "http: 4319",
      { path: "http", found: "4319", allowed: "a section of settings" },
    ],
    [
      "a list for the whole",
      "- http",
      { path: "", found: '["http"]', allowed: "a section of settings" },
    ],
    [
      "an address without a host",
      "http: { endpoint: ':4319' }",
      { path: "http.endpoint", found: '":4319"' },
    ],
    [
      "an entry of a list",
      "http: { allowedOrigins: ['https://a.example', 'a b'] }",
      {
        path: "http.allowedOrigins.1",
        found: '"a b"',
        allowed: "an origin such as https://example.com",
      },
    ],
    [
      "a URL",
      "store: { clickhouseUrl: 'tcp://x' }",
      { path: "store.clickhouseUrl", found: "a text of 7 characters" },
    ],
    [
      "a reference to nothing",
      "log: { level: '${env:NOT_SET}' }",
      { path: "log.level", found: "${env:NOT_SET}, which is not set" },
    ],
    [
      "a reference that says not to what",
      "log:\n  level: '${LEVEL}'",
      {
        where: "sightglass.yaml:2",
        path: "log.level",
        found: "${LEVEL}, which is no reference",
        allowed:
          "${env:NAME} for an environment variable, ${file:path} for what stands in a file, and $${ where ${ is meant as it stands",
        hint: "Did you mean ${env:LEVEL}?",
      },
    ],
    [
      "a reference of another kind, of which no more is told: it may be a part of a secret",
      "token: '0123456789${vault:abcdef}'",
      { path: "token", found: "${, which is no reference" },
    ],
    [
      "a secret file that is not there",
      "token: file:nowhere",
      { path: "token", found: "file:nowhere", allowed: "the path of a small, readable file" },
    ],
    [
      "a data folder that is a pattern",
      "dataDir: 'data/{a,b}'",
      { path: "dataDir", allowed: "a path without { } * ? , :: and control characters" },
    ],
    ["broken YAML", "http: {\n", { where: "sightglass.yaml:2", allowed: "valid YAML or JSON" }],
    [
      "a key given twice",
      "http: {}\nhttp: {}",
      { where: "sightglass.yaml:2", found: "Map keys must be unique" },
    ],
  ])("%s", async (_name, yaml, expected) => {
    const problems = await problemsOf(yaml);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject(expected);
  });
});

test("reports all problems at once, those between settings too", async () => {
  const problems = await problemsOf(
    "http: { endpoint: '0.0.0.0:4319' }\nlog: { level: loud }\nx: 1",
    {
      SIGHTGLASS_OTLP_HTTP: "nowhere",
    },
  );
  expect(problems.map(({ where, path }) => `${where} ${path}`).sort()).toEqual([
    "SIGHTGLASS_OTLP_HTTP receivers.otlp.http.endpoint",
    "sightglass.yaml:1 http.endpoint",
    "sightglass.yaml:2 log.level",
    "sightglass.yaml:3 x",
  ]);
});

test("an unknown variable of ours is an error that names the nearest known one", async () => {
  expect(await problemsOf(undefined, { SIGHTGLASS_TOEKN: TOKEN })).toMatchObject([
    { where: "SIGHTGLASS_TOEKN", hint: "Did you mean SIGHTGLASS_TOKEN?" },
  ]);
});

test("what Kubernetes tells of a service called sightglass is nobody's setting, and a mistake still is one", async () => {
  await load(undefined, {
    SIGHTGLASS_SERVICE_HOST: "10.96.0.17",
    SIGHTGLASS_SERVICE_PORT: "7000",
    SIGHTGLASS_SERVICE_PORT_OTLP_HTTP: "4318",
    SIGHTGLASS_PORT: "tcp://10.96.0.17:7000",
    SIGHTGLASS_PORT_4318_TCP: "tcp://10.96.0.17:4318",
    SIGHTGLASS_PORT_4318_TCP_PROTO: "tcp",
    SIGHTGLASS_PORT_4318_TCP_PORT: "4318",
    SIGHTGLASS_PORT_4318_TCP_ADDR: "10.96.0.17",
    SIGHTGLASS_INGEST_SERVICE_HOST: "fd00::11",
  });
  const mistakes = { SIGHTGLASS_PORT: "7000", SIGHTGLASS_SERVICE_HOST: "0.0.0.0:7000" };
  expect(await problemsOf(undefined, mistakes)).toMatchObject([
    { where: "SIGHTGLASS_PORT" },
    { where: "SIGHTGLASS_SERVICE_HOST" },
  ]);
});

test("a file that is named must be there", async () => {
  expect(await problemsOf(undefined, { SIGHTGLASS_CONFIG: "gone.yaml" })).toMatchObject([
    { where: "gone.yaml", found: "no such file" },
  ]);
  expect(await problemsOf(undefined, { SIGHTGLASS_CONFIG: "" })).toMatchObject([
    { where: "SIGHTGLASS_CONFIG", found: "no such file" },
  ]);
});

test("two doors cannot have one address, but may both take any free port", async () => {
  expect(
    await problemsOf(undefined, {
      SIGHTGLASS_HTTP: "127.0.0.1:9",
      SIGHTGLASS_OTLP_HTTP: "127.0.0.1:9",
    }),
  ).toMatchObject([{ path: "receivers.otlp.http.endpoint", where: "SIGHTGLASS_OTLP_HTTP" }]);
  await load(undefined, { SIGHTGLASS_HTTP: "127.0.0.1:0", SIGHTGLASS_OTLP_HTTP: "127.0.0.1:0" });
});

describe("without a token only loopback addresses are served:", () => {
  test.each([
    "127.0.0.1:1",
    "127.9.8.7:1",
    "[::1]:1",
    "[0:0:0:0:0:0:0:1]:1",
    "[::ffff:127.0.0.1]:1",
    "localhost:1",
  ])("%s is taken", async (endpoint) => {
    const { settings } = await load(undefined, { SIGHTGLASS_HTTP: endpoint });
    expect(settings.http.endpoint.port).toBe(1);
  });
  test.each([
    "0.0.0.0:1",
    "[::]:1",
    "10.0.0.1:1",
    "[fe80::1]:1",
    "[::ffff:10.0.0.1]:1",
    "example.com:1",
    "localhost.example:1",
  ])("%s needs a token", async (endpoint) => {
    const [problem] = await problemsOf(undefined, { SIGHTGLASS_HTTP: endpoint });
    expect(problem?.found).toContain("no token");
    await load(undefined, { SIGHTGLASS_HTTP: endpoint, SIGHTGLASS_TOKEN: TOKEN });
  });
  test.each([
    "127.1:1",
    "2130706433:1",
    "0x7f.1:1",
    "127.0.0.1",
    "::1:1",
    "[127.0.0.1]:1",
    "a b:1",
    "127.0.0.1:65536",
    "127.0.0.1:-1",
  ])("%s is no address", async (endpoint) => {
    const [problem] = await problemsOf(undefined, { SIGHTGLASS_HTTP: endpoint });
    expect(problem?.found).toBe(JSON.stringify(endpoint));
  });
});

test.each([
  "",
  "short",
  "aaaaaaaaaaaaaaaaaaaaaaaa",
  "has a space in the middle",
  "0123456789abcde",
])("refuses the token %j without repeating it", async (token) => {
  const [problem] = await problemsOf(undefined, { SIGHTGLASS_TOKEN: token });
  expect(problem?.path).toBe("token");
  expect(problem?.found).toBe(`a text of ${token.length} characters`);
});

test("asking for what there is not yet is refused, not overlooked", async () => {
  const problems = await problemsOf(undefined, {
    SIGHTGLASS_ROLES: "ingest,query",
    SIGHTGLASS_DATABASE_URL: "postgres://user:secret@db/sightglass",
  });
  expect(problems.map(({ where, found }) => [where, found])).toEqual([
    ["SIGHTGLASS_ROLES", '"ingest,query"'],
    ["SIGHTGLASS_DATABASE_URL", "an address"],
  ]);
  await load(undefined, { SIGHTGLASS_ROLES: "all", SIGHTGLASS_DATABASE_URL: "" });
});
