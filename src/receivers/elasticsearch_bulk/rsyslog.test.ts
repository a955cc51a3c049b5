import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { startReceiver, stopReceivers, textsOf } from "#pipeline/testing/receiver-under-test.ts";
import { until } from "#pipeline/testing/until.ts";
import { elasticsearchBulk } from "./receiver.ts";

const isInstalled =
  existsSync("/usr/sbin/rsyslogd") &&
  globSync("/usr/lib/*/rsyslog/omelasticsearch.so").length > 0 &&
  existsSync("/usr/bin/logger");
const skipped = isInstalled ? "" : " (skipped: rsyslog-elasticsearch is not installed)";

afterEach(stopReceivers);

/** What rsyslog writes for each message; its template's own quoting, JSON escaped by `format="json"`. */
const TEMPLATE = `template(name="event" type="list") {
  constant(value="{\\"@timestamp\\":\\"") property(name="timereported" dateFormat="rfc3339")
  constant(value="\\",\\"message\\":\\"") property(name="msg" format="json")
  constant(value="\\",\\"host\\":{\\"name\\":\\"") property(name="hostname" format="json")
  constant(value="\\"},\\"log\\":{\\"level\\":\\"") property(name="syslogseverity-text")
  constant(value="\\"}}")
}`;

describe.skipIf(!isInstalled)(`rsyslog's Elasticsearch output${skipped}`, () => {
  it("writes its messages in bulks, by a user and password", async () => {
    const { port, pushed } = await startReceiver(elasticsearchBulk, { token: "secret" });
    const folder = await mkdtemp(join(tmpdir(), "sightglass-rsyslog-"));
    const socket = join(folder, "log");
    const config = join(folder, "rsyslog.conf");
    const pidFile = join(folder, "rsyslog.pid");
    await writeFile(
      config,
      `module(load="imuxsock" SysSock.Use="off")
module(load="omelasticsearch")
input(type="imuxsock" Socket="${socket}" CreatePath="on")
${TEMPLATE}
action(type="omelasticsearch" server="127.0.0.1" serverport="${port}" template="event"
  searchIndex="syslog" searchType="" bulkmode="on" uid="anyone" pwd="secret"
  action.resumeRetryCount="-1")
`,
    );
    const daemon = spawn("/usr/sbin/rsyslogd", ["-n", "-f", config, "-i", pidFile], {
      stdio: "ignore",
    });
    try {
      await until(() => existsSync(socket) && existsSync(pidFile));
      const args = ["-u", socket, "-t", "shop", "-p", "mail.warning", 'say "grüße"'];
      execFileSync("/usr/bin/logger", args, { timeout: 10_000 });
      await until(() => pushed.logs.some(({ body }) => body.includes("grüße")));
    } finally {
      daemon.kill("SIGTERM");
      await once(daemon, "exit");
      await rm(folder, { recursive: true, force: true });
    }
    const row = pushed.logs.find(({ body }) => body.includes("grüße"))!;
    expect(row.body.trim()).toBe('say "grüße"');
    expect(row).toMatchObject({ severity: 13, severityText: "warning" });
    expect(textsOf(row.attributes)["elasticsearch.index"]).toBe("syslog");
    expect(textsOf(row.resource.attributes)["host.name"]).not.toBe("");
    expect(Math.abs(Number(row.time / 1_000_000n) - Date.now())).toBeLessThan(86_400_000);
  }, 30_000);
});
