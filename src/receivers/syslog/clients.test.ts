import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { textsOf } from "#pipeline/testing/receiver-under-test.ts";
import { until } from "#pipeline/testing/until.ts";
import { startSyslog, stopSyslog } from "./testing/syslog-under-test.ts";

// The clients that people have: each test is skipped, and says so, where its client is not installed.

afterEach(stopSyslog);

function programAt(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

const logger = programAt("logger");
const rsyslogd = programAt("rsyslogd");
const skipped = (program: string | undefined): string =>
  program === undefined ? " (skipped: it is not installed)" : "";

describe.skipIf(logger === undefined)(`logger of util-linux${skipped(logger)}`, () => {
  const send = (...args: readonly string[]): void => {
    execFileSync(logger!, ["-n", "127.0.0.1", ...args], { timeout: 10_000 });
  };

  it.each([
    ["RFC 5424 over UDP", ["-d", "--rfc5424"], "rfc5424"],
    ["RFC 5424 over TCP, octet-counted", ["-T", "--octet-count", "--rfc5424"], "rfc5424"],
    ["RFC 3164 over UDP", ["-d", "--rfc3164"], "rfc3164"],
    ["RFC 3164 over TCP, by lines", ["-T", "--rfc3164"], "rfc3164"],
  ])("%s arrives whole", async (_, args, format) => {
    const { pushed, port } = await startSyslog();
    const door = args.includes("-d") ? "udp" : "tcp";
    const sentNs = BigInt(Date.now()) * 1_000_000n;
    send(
      "-P",
      String(port(door)),
      ...args,
      "-p",
      "local3.crit",
      "-t",
      "shop",
      "--id=77",
      "grüße: 1",
    );
    await until(() => pushed.logs.length === 1);
    const row = pushed.logs[0]!;
    expect(row).toMatchObject({ body: "grüße: 1", severity: 18, severityText: "crit" });
    expect(textsOf(row.resource.attributes)["service.name"]).toBe("shop");
    expect(textsOf(row.resource.attributes)["host.name"]).not.toBe("");
    expect(textsOf(row.attributes)).toMatchObject({
      "syslog.format": format,
      "syslog.facility_text": "local3",
      "syslog.procid": "77",
    });
    // RFC 3164 says neither year nor zone, and logger writes the machine's.
    const apartSecondsMax = format === "rfc5424" ? 60 : 86_400;
    expect(Math.abs(Number(row.time - sentNs) / 1e9)).toBeLessThan(apartSecondsMax);
  });

  it("structured data and message id arrive as attributes", async () => {
    const { pushed, port } = await startSyslog();
    const data = ["--sd-id", "zoo@123", "--sd-param", 'tiger="hungry"'];
    send("-P", String(port("udp")), "-d", "--rfc5424", "--msgid", "FEED", ...data, "x");
    await until(() => pushed.logs.length === 1);
    const attributes = textsOf(pushed.logs[0]!.attributes);
    expect(attributes["syslog.msgid"]).toBe("FEED");
    expect(JSON.parse(attributes["syslog.structured_data"]!)).toMatchObject({
      "zoo@123": { tiger: "hungry" },
    });
  });
});

describe.skipIf(rsyslogd === undefined || logger === undefined)(
  `rsyslog${skipped(rsyslogd && logger)}`,
  () => {
    it("forwards in its own formats, over UDP and over TCP in both framings", async () => {
      const { pushed, port } = await startSyslog();
      const folder = mkdtempSync(join(tmpdir(), "rsyslog-"));
      const target = `type="omfwd" target="127.0.0.1"`;
      const tcp = `${target} protocol="tcp" port="${port("tcp")}"`;
      const file = join(folder, "rsyslog.conf");
      const socket = join(folder, "log");
      const lines = [
        'module(load="imuxsock" SysSock.Use="off")',
        `input(type="imuxsock" Socket="${socket}" CreatePath="on")`,
        `action(${target} protocol="udp" port="${port("udp")}" template="RSYSLOG_TraditionalForwardFormat")`,
        `action(${tcp} template="RSYSLOG_ForwardFormat")`,
        `action(${tcp} TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format")`,
      ];
      writeFileSync(file, `${lines.join("\n")}\n`);
      const pidFile = join(folder, "rsyslog.pid");
      const daemon = spawn(rsyslogd!, ["-n", "-f", file, "-i", pidFile], { stdio: "ignore" });
      try {
        await until(() => existsSync(socket) && existsSync(pidFile));
        for (let i = 0; i < 20; i++) {
          const args = [
            "-u",
            socket,
            "-t",
            "shop",
            "--id=77",
            "-p",
            "mail.warning",
            `message ${i}`,
          ];
          execFileSync(logger!, args, { timeout: 10_000 });
        }
        await until(() => pushed.logs.length === 60);
      } finally {
        daemon.kill("SIGTERM");
        await once(daemon, "exit");
        rmSync(folder, { recursive: true });
      }
      const kinds = new Map<string, Set<string>>();
      for (const row of pushed.logs) {
        const attributes = textsOf(row.attributes);
        expect(row.severityText).toBe("warning");
        expect(attributes).toMatchObject({ "syslog.facility_text": "mail", "syslog.procid": "77" });
        expect(textsOf(row.resource.attributes)["service.name"]).toBe("shop");
        const kind = `${attributes["network.transport"]} ${attributes["syslog.format"]}`;
        kinds.set(kind, (kinds.get(kind) ?? new Set()).add(row.body.trim()));
      }
      const all = Array.from({ length: 20 }, (_, i) => `message ${i}`).toSorted();
      expect([...kinds.keys()].toSorted()).toEqual(["tcp rfc3164", "tcp rfc5424", "udp rfc3164"]);
      for (const found of kinds.values()) expect([...found].toSorted()).toEqual(all);
    });
  },
);
