import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { DATA_FOLDER_VERSION } from "./data-folder.ts";
import { runCommandLine } from "./command-line.ts";
import { EXIT_CODES, exitOf } from "./exit-codes.ts";
import { CommandFolder, FREE_PORTS } from "./testing/command-process.ts";

/** Sends one span whose name would act on a terminal. */
async function sendSpan(url: string, traceId: string): Promise<void> {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId,
    spanId: "b7ad6b7169203331",
    name: "GET /cart\u001b",
    kind: 2,
    startTimeUnixNano: nowNs,
    endTimeUnixNano: nowNs + 5_000_000n,
  };
  const service = { key: "service.name", value: { stringValue: "shop" } };
  const body = encodeOtlp("traces", {
    resourceSpans: [{ resource: { attributes: [service] }, scopeSpans: [{ spans: [span] }] }],
  });
  const headers = { "content-type": "application/x-protobuf" };
  const response = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers,
    body: new Uint8Array(body),
  });
  expect(response.status).toBe(200);
}

let folder: CommandFolder;
beforeEach(() => {
  folder = new CommandFolder();
});
afterEach(() => folder.remove());

const PROCESS_TIMEOUT_MS = 60_000;

describe("the command line", { timeout: PROCESS_TIMEOUT_MS }, () => {
  test("shows its commands, and ends with 2 when none was given", async () => {
    const [help, none] = await Promise.all([folder.run(["--help"]), folder.run([])]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const name of ["serve", "dead-letters"])
      expect(help.stdout).toMatch(new RegExp(`^  ${name} {2,}[A-Z]`, "m"));
    expect(none).toMatchObject({ code: EXIT_CODES.usage, stdout: help.stdout });
  });

  test("tells its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(await folder.run(["--version"])).toMatchObject({
      code: 0,
      stdout: `sightglass ${version}\n`,
    });
  });

  test("shows the help of each command", async () => {
    const { stdout } = await folder.run(["query", "--help"]);
    expect(stdout).toContain("sightglass query <subject>");
    expect(stdout).toContain("--min-duration-ms");
  });

  test.each([
    [["sevre"], 'There is no command "sevre"'],
    [["serve", "--prot", "1"], "Unknown option '--prot'"],
    [["serve", "now"], "found 1 words"],
    [["query"], "found 0 words"],
    [["query", "everything"], 'found the subject "everything"'],
    [["query", "services", "--min-duration-ms", "3"], "found --min-duration-ms"],
    [["query", "services", "--last", "soon"], 'found --last "soon"'],
  ])("%j is refused with 2", async (words, message) => {
    const error: unknown = await runCommandLine(words).catch((thrown: unknown) => thrown);
    const exit = exitOf(error);
    expect(exit.message).toContain(message);
    expect(exit.code).toBe(EXIT_CODES.usage);
  });
});

describe(
  "a start that cannot be is refused with a message and a code of its own:",
  { timeout: PROCESS_TIMEOUT_MS },
  () => {
    test("a wrong configuration, with all its problems", async () => {
      writeFileSync(join(folder.path, "sightglass.yaml"), "retention: { traces: -1 }\nlgo: 1\n");
      const { code, stderr } = await folder.serve().ended;
      expect(code).toBe(EXIT_CODES.config_invalid);
      expect(stderr).toContain("2 problems");
      expect(stderr).toContain("sightglass.yaml:1: retention.traces: found -1");
      expect(stderr).toContain("Did you mean log?");
    });

    test("an address that others can reach, without a token", async () => {
      const { code, stderr } = await folder.serve({ SIGHTGLASS_OTLP_HTTP: "[::]:0" }).ended;
      expect(code).toBe(EXIT_CODES.config_invalid);
      expect(stderr).toContain("SIGHTGLASS_OTLP_HTTP");
      expect(stderr).toContain("SIGHTGLASS_TOKEN");
    });

    test("a port in use", async () => {
      const taken = createServer().listen(0, "127.0.0.1");
      await once(taken, "listening");
      const { port } = taken.address() as AddressInfo;
      const address = `127.0.0.1:${port}`;
      const { code, stderr } = await folder.serve({ SIGHTGLASS_OTLP_HTTP: address }).ended;
      taken.close();
      expect(stderr).toContain(`${address} is in use`);
      expect(code).toBe(EXIT_CODES.address_unavailable);
    });

    test("a data folder of a newer version", async () => {
      mkdirSync(join(folder.path, "data"));
      writeFileSync(join(folder.path, "data", "version"), `${DATA_FOLDER_VERSION + 1}\n`);
      const { code, stderr } = await folder.serve().ended;
      expect(stderr).toContain(`layout version ${DATA_FOLDER_VERSION + 1}`);
      expect(code).toBe(EXIT_CODES.data_folder_newer);
    });

    test("a data folder that is a file", async () => {
      writeFileSync(join(folder.path, "data"), "");
      const { code, stderr } = await folder.serve().ended;
      expect(stderr).toContain("cannot be used");
      expect(code).toBe(EXIT_CODES.data_folder_unusable);
    });

    test("a ClickHouse server that does not answer", async () => {
      const { code, stderr } = await folder.serve({
        SIGHTGLASS_CLICKHOUSE_URL: "http://127.0.0.1:1/",
      }).ended;
      expect(stderr).not.toBe("");
      expect(code).toBe(EXIT_CODES.store_unavailable);
    });
  },
);

describe("check", { timeout: PROCESS_TIMEOUT_MS }, () => {
  test("shows where each setting comes from, and no secret", async () => {
    const token = "0123456789abcdef0123";
    writeFileSync(join(folder.path, "sightglass.yaml"), `token: ${token}\n`);
    const { code, stdout } = await folder.run(["check"], FREE_PORTS);
    expect(code).toBe(0);
    expect(stdout).toContain("sightglass.yaml is valid");
    expect(stdout).toMatch(/http\.endpoint +127\.0\.0\.1:0 +SIGHTGLASS_HTTP/);
    expect(stdout).not.toContain(token);
    const json = await folder.run(["check", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ file: "sightglass.yaml" });
  });

  test("judges the file that it is given, and starts nothing", async () => {
    writeFileSync(join(folder.path, "other.yaml"), "log: { level: loud }\n");
    const { code, stderr } = await folder.run(["check", "--config", "other.yaml"]);
    expect(code).toBe(EXIT_CODES.config_invalid);
    expect(stderr).toContain("other.yaml:1: log.level");
  });
});

test("every exit code stands in the documentation", () => {
  const text = readFileSync("docs/command-line.md", "utf8");
  for (const code of Object.values(EXIT_CODES)) expect(text).toContain(`| ${code} |`);
});

describe("doctor", { timeout: PROCESS_TIMEOUT_MS }, () => {
  test("finds this machine fit, and makes no data folder", async () => {
    const { code, stdout } = await folder.run(["doctor"], FREE_PORTS);
    expect(stdout).toMatch(/^ok {3}machine: Node v24/m);
    expect(stdout).toContain("which will be made");
    expect(code).toBe(0);
  });

  test("finds a port in use, and ends with 1", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const { code, stdout } = await folder.run(["doctor"], {
      ...FREE_PORTS,
      SIGHTGLASS_HTTP: `127.0.0.1:${port}`,
    });
    taken.close();
    expect(stdout).toContain(`BAD  address 127.0.0.1:${port}: in use by another program`);
    expect(code).toBe(EXIT_CODES.failed);
  });
});

describe("tail", { timeout: 2 * PROCESS_TIMEOUT_MS }, () => {
  test("prints rows that a search finds as they come, harmless to a terminal, or as JSON", async () => {
    const addresses = await folder.serve().ready();
    const tails = [
      folder.start(["tail", "operation:GET*", "--streams", "spans", "--rows", "1"]),
      folder.start(["tail", "service:shop", "--streams", "logs,spans", "--rows", "1", "--json"]),
    ];
    let sent = 0;
    const timer = setInterval(() => {
      void sendSpan(addresses.get("OTLP/HTTP")!, (++sent).toString(16).padStart(32, "0"));
    }, 1_000);
    const [lines, json] = await Promise.all(tails.map(({ ended }) => ended));
    clearInterval(timer);
    expect([lines!.code, lines!.stderr, json!.code]).toEqual([EXIT_CODES.ok, "", EXIT_CODES.ok]);
    expect(lines!.stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} SERVE shop +GET \/cart\ufffd 5 ms unset/);
    expect(JSON.parse(json!.stdout)).toMatchObject({ signal: "traces", row: { service: "shop" } });
  });

  test.each([
    [["tail", "--rows", "0"], "found --rows"],
    [["tail", "--url", "nowhere"], "found the address"],
  ])("%j is refused with 2", async (words, message) => {
    const exit = exitOf(await runCommandLine(words).catch((thrown: unknown) => thrown));
    expect(exit.message).toContain(message);
    expect(exit.code).toBe(EXIT_CODES.usage);
  });
});

describe("query", { timeout: PROCESS_TIMEOUT_MS }, () => {
  test("finds the running server by its data folder, and prints tables and JSON", async () => {
    const server = folder.serve();
    const addresses = await server.ready();
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    await sendSpan(addresses.get("OTLP/HTTP")!, traceId);
    // A process is no way to wait.
    const names = async (): Promise<string> =>
      (await fetch(`${addresses.get("UI and API")!}/api/v1/services`)).text();
    await expect.poll(names).toContain('"shop"');
    const [services, traces, trace, ledger, none, wrong] = await Promise.all([
      folder.run(["query", "services", "--last", "5m"]),
      folder.run(["query", "traces", "--service", "shop", "--limit", "5", "--json"]),
      folder.run(["query", "trace", traceId]),
      folder.run(["query", "ledger"]),
      folder.run(["query", "traces", "--service", "nobody"]),
      folder.run(["query", "traces", "--limit", "0"]),
    ]);
    expect(services.stdout).toMatch(/^shop +1 +0/m);
    expect(JSON.parse(traces.stdout)).toMatchObject({ data: [{ traceId, rootService: "shop" }] });
    expect(trace.stdout).toContain("GET /cart\ufffd");
    expect(ledger.stdout).toMatch(/^signal +accepted +stored +dropped +inFlight$/m);
    expect(none.stdout).toContain("Nothing was found");
    expect(wrong.code).toBe(EXIT_CODES.failed);
    expect(wrong.stderr).toMatch(/limit: found "?0"?; allowed: a whole number from 1 to 1000/);
  });
});

test(
  "query says where it looked when no server answers",
  { timeout: PROCESS_TIMEOUT_MS },
  async () => {
    mkdirSync(join(folder.path, "data"));
    const killed = { pid: 1, startedAt: "2026-01-01T00:00:00.000Z", url: "http://127.0.0.1:2" };
    writeFileSync(join(folder.path, "data", "lock"), JSON.stringify(killed));
    const { code, stderr } = await folder.run(["query", "services"], {
      SIGHTGLASS_HTTP: "127.0.0.1:1",
    });
    expect(stderr).toContain("No Sightglass answers at http://127.0.0.1:1");
    expect(code).toBe(EXIT_CODES.server_unreachable);
  },
);

test(
  "migrate brings a new folder to the schema, and does nothing the second time",
  { timeout: PROCESS_TIMEOUT_MS },
  async () => {
    expect(await folder.run(["migrate"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Applied: 1") as unknown,
    });
    expect(await folder.run(["migrate"])).toMatchObject({
      code: 0,
      stdout: "The schema was current.\n",
    });
  },
);
