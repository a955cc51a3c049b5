import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { textsOf } from "#pipeline/testing/receiver-under-test.ts";
import { until } from "#pipeline/testing/until.ts";
import { CERTIFICATE, PRIVATE_KEY } from "./testing/certificate.ts";
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

/** Has a daemon of its own, set up by these lines, forward twenty messages, and waits until `isDone`. */
async function forwardBy(configuration: readonly string[], isDone: () => boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "rsyslog-"));
  const file = join(folder, "rsyslog.conf");
  const socket = join(folder, "log");
  const pidFile = join(folder, "rsyslog.pid");
  const lines = [
    'module(load="imuxsock" SysSock.Use="off")',
    `input(type="imuxsock" Socket="${socket}" CreatePath="on")`,
    ...configuration,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const daemon = spawn(rsyslogd!, ["-n", "-f", file, "-i", pidFile], { stdio: "ignore" });
  try {
    await until(() => existsSync(socket) && existsSync(pidFile));
    for (let i = 0; i < 20; i++) {
      const args = ["-u", socket, "-t", "shop", "--id=77", "-p", "mail.warning", `message ${i}`];
      execFileSync(logger!, args, { timeout: 10_000 });
    }
    await until(isDone);
  } finally {
    daemon.kill("SIGTERM");
    await once(daemon, "exit");
    rmSync(folder, { recursive: true });
  }
}

const all = Array.from({ length: 20 }, (_, i) => `message ${i}`).toSorted();

describe.skipIf(rsyslogd === undefined || logger === undefined)(
  `rsyslog${skipped(rsyslogd && logger)}`,
  () => {
    it("forwards in its own formats, over UDP and over TCP in both framings", async () => {
      const { pushed, port } = await startSyslog();
      const target = `type="omfwd" target="127.0.0.1"`;
      const tcp = `${target} protocol="tcp" port="${port("tcp")}"`;
      const actions = [
        `action(${target} protocol="udp" port="${port("udp")}" template="RSYSLOG_TraditionalForwardFormat")`,
        `action(${tcp} template="RSYSLOG_ForwardFormat")`,
        `action(${tcp} TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format")`,
      ];
      await forwardBy(actions, () => pushed.logs.length === 60);
      const kinds = new Map<string, Set<string>>();
      for (const row of pushed.logs) {
        const attributes = textsOf(row.attributes);
        expect(row.severityText).toBe("warning");
        expect(attributes).toMatchObject({ "syslog.facility_text": "mail", "syslog.procid": "77" });
        expect(textsOf(row.resource.attributes)["service.name"]).toBe("shop");
        const kind = `${attributes["network.transport"]} ${attributes["syslog.format"]}`;
        kinds.set(kind, (kinds.get(kind) ?? new Set()).add(row.body.trim()));
      }
      expect([...kinds.keys()].toSorted()).toEqual(["tcp rfc3164", "tcp rfc5424", "udp rfc3164"]);
      for (const found of kinds.values()) expect([...found].toSorted()).toEqual(all);
    });
  },
);

/** What rsyslog speaks TLS with, by its name in a configuration: Debian has each in a package of its own. */
const TLS_DRIVERS = { gtls: "lmnsd_gtls.so", ossl: "lmnsd_ossl.so" } as const;
const MODULE_FOLDERS = ["/usr/lib/rsyslog", "/usr/lib64/rsyslog", ...archFolders()];

/** Debian's folders of modules, which have the machine's kind in their names. */
function archFolders(): string[] {
  const names = existsSync("/usr/lib") ? readdirSync("/usr/lib") : [];
  return names.filter((name) => name.includes("-linux-")).map((name) => `/usr/lib/${name}/rsyslog`);
}

const drivers = Object.entries(TLS_DRIVERS).flatMap(([name, file]) =>
  MODULE_FOLDERS.some((folder) => existsSync(join(folder, file))) ? [name] : [],
);
const isTlsThere = rsyslogd !== undefined && logger !== undefined && drivers.length > 0;
const whyTlsIsSkipped = isTlsThere
  ? ""
  : " (skipped: rsyslog, or its package rsyslog-gnutls or rsyslog-openssl, is not installed)";

describe.skipIf(!isTlsThere)(`rsyslog over TLS${whyTlsIsSkipped}`, () => {
  it.each(drivers)("forwards by %s to a server whose certificate it verifies", async (driver) => {
    const folder = mkdtempSync(join(tmpdir(), "syslog-tls-"));
    const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    writeFileSync(certFile, CERTIFICATE);
    writeFileSync(keyFile, PRIVATE_KEY);
    try {
      const tls = { endpoint: "127.0.0.1:0", certFile, keyFile };
      const { pushed, port } = await startSyslog({ tls });
      const verified = `StreamDriver="${driver}" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"`;
      await forwardBy(
        [
          `global(DefaultNetstreamDriverCAFile="${certFile}")`,
          `action(type="omfwd" target="127.0.0.1" protocol="tcp" port="${port("tls")}" ${verified} TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format")`,
        ],
        () => pushed.logs.length === all.length,
      );
      expect(pushed.logs.map(({ body }) => body.trim()).toSorted()).toEqual(all);
      for (const row of pushed.logs)
        expect(textsOf(row.attributes)).toMatchObject({ "syslog.format": "rfc5424" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
