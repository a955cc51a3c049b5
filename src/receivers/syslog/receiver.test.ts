import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { PushedRows, textsOf } from "#pipeline/testing/receiver-under-test.ts";
import { until } from "#pipeline/testing/until.ts";
import { SYSLOG_QUEUE_LIMITS } from "./message-queue.ts";
import { syslog } from "./receiver.ts";
import { CERTIFICATE, PRIVATE_KEY } from "./testing/certificate.ts";
import { sendTcp, sendUdp, startSyslog, stopSyslog } from "./testing/syslog-under-test.ts";

afterEach(stopSyslog);

function bodies(pushed: PushedRows): string[] {
  return pushed.logs.map(({ body }) => body);
}

describe("a message", () => {
  it("becomes a log record as OpenTelemetry's data model maps RFC 5424", async () => {
    const { pushed, port } = await startSyslog();
    const time = new Date(Math.floor(Date.now() / 1000) * 1000 - 5_000).toISOString();
    await sendUdp(port("udp"), `<165>1 ${time} web1 shop 42 ID47 [a@1 b="c"] paid`);
    await until(() => pushed.logs.length === 1);
    const row = pushed.logs[0]!;
    expect(row).toMatchObject({ body: "paid", severity: 10, severityText: "notice" });
    expect(row.time).toBe(BigInt(Date.parse(time)) * 1_000_000n);
    expect(textsOf(row.resource.attributes)).toEqual({
      "host.name": "web1",
      "service.name": "shop",
    });
    expect(textsOf(row.attributes)).toEqual({
      "syslog.facility": "20",
      "syslog.facility_text": "local4",
      "syslog.format": "rfc5424",
      "syslog.version": "1",
      "syslog.procid": "42",
      "syslog.msgid": "ID47",
      "syslog.structured_data": '{"a@1":{"b":"c"}}',
      "network.transport": "udp",
      "network.peer.address": "127.0.0.1",
      "network.peer.port": expect.any(String) as unknown,
    });
  });

  it("of a device whose clock is not set has the time at which it came, and says what it had", async () => {
    const { pushed, port } = await startSyslog();
    const beforeNs = BigInt(Date.now()) * 1_000_000n;
    await sendUdp(port("udp"), "<13>1 1993-03-01T00:00:07Z - - - - - x");
    await until(() => pushed.logs.length === 1);
    expect(pushed.logs[0]!.time).toBeGreaterThanOrEqual(beforeNs);
    expect(textsOf(pushed.logs[0]!.attributes)).toMatchObject({
      "syslog.timestamp": "1993-03-01T00:00:07.000000000Z",
    });
    expect(textsOf(pushed.logs[0]!.resource.attributes)).toEqual({ "host.name": "127.0.0.1" });
  });

  it("over the bound is cut, marked and counted, over UDP and over TCP", async () => {
    const { pushed, port, count } = await startSyslog({ messageBytesMax: 480 });
    await sendUdp(port("udp"), `<13>${"u".repeat(1_000)}`);
    await sendTcp(port("tcp"), `<13>${"t".repeat(1_000)}\n<13>next\n`);
    await until(() => pushed.logs.length === 3);
    expect(
      bodies(pushed)
        .map((body) => body.length)
        .toSorted((a, b) => a - b),
    ).toEqual([4, 476, 476]);
    expect(count("messages_cut")).toBe(2);
    const marks = pushed.logs.map(({ attributes }) => textsOf(attributes)["syslog.cut"]);
    expect(marks.filter((mark) => mark === "true")).toHaveLength(2);
  });
});

describe("TCP", () => {
  it("takes both framings on one connection, and what is unfinished at its end", async () => {
    const { pushed, port } = await startSyslog();
    await sendTcp(port("tcp"), "11 <13>one", "\ntwo<13>", "line\n<1", "3>three\n<13>four");
    await until(() => pushed.logs.length === 4);
    expect(bodies(pushed)).toEqual(["one\ntwo", "line", "three", "four"]);
  });

  it("is not read while the pipeline is behind, and nothing of it is lost", async () => {
    const started = await startSyslog();
    const { pushed, port, count } = started;
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    pushed.beforeAnswer = () => answered;
    // Twice what may wait, so that a receiver that went on reading would have to drop.
    const padding = "x".repeat(4_000);
    const messages = Math.ceil((2 * SYSLOG_QUEUE_LIMITS.bytesMax) / padding.length);
    const socket = connect(port("tcp"), "127.0.0.1");
    await once(socket, "connect");
    for (let i = 0; i < messages; i++) socket.write(`<13>app: ${i} ${padding}\n`);
    const half = SYSLOG_QUEUE_LIMITS.bytesMax / 2 / (padding.length + 2_000);
    await until(() => count("messages_received") > half && socket.writableLength > 0);
    const seenWhileBehind = count("messages_received");
    answer();
    socket.end();
    await until(() => pushed.logs.length === messages);
    expect(seenWhileBehind).toBeLessThan(messages * 0.75);
    expect(count("messages_dropped")).toBe(0);
    expect(pushed.logs.map(({ body }) => Number(body.split(" ")[0]))).toEqual(
      Array.from({ length: messages }, (_, i) => i),
    );
  });

  it("is refused beyond the bound of connections, and from senders that are not let in", async () => {
    const few = await startSyslog({ connectionsMax: 1 });
    const first = connect(few.port("tcp"), "127.0.0.1");
    await once(first, "connect");
    const second = connect(few.port("tcp"), "127.0.0.1");
    await once(second, "close");
    expect(few.count("connections_closed", "too_many")).toBe(1);
    first.destroy();

    const other = await startSyslog({ allowFrom: ["10.0.0.0/8"] });
    const stranger = connect(other.port("tcp"), "127.0.0.1");
    await once(stranger, "close");
    expect(other.count("connections_closed", "not_allowed")).toBe(1);
    await sendUdp(other.port("udp"), "<13>x");
    await until(() => other.count("messages_dropped", "not_allowed") === 1);
    expect(other.pushed.logs).toEqual([]);
  });

  it("is closed when nothing came for too long, and its half line is kept", async () => {
    const clock = new FakeClock(Date.now());
    const { pushed, port, count, receiver } = await startSyslog({ idleMsMax: 60_000 }, { clock });
    const socket = connect(port("tcp"), "127.0.0.1");
    await once(socket, "connect");
    socket.write("<13>app: one\n");
    await until(() => pushed.logs.length === 1);
    await clock.advance(59_000);
    expect(count("connections_closed")).toBe(0);
    socket.write("<13>app: two\n<13>app: half");
    await until(() => pushed.logs.length === 2);
    const closed = once(socket, "close");
    await clock.advance(59_000);
    expect(count("connections_closed")).toBe(0);
    await clock.advance(2_000);
    await closed;
    await until(() => pushed.logs.length === 3);
    expect(bodies(pushed)).toEqual(["one", "two", "half"]);
    expect(count("connections_closed", "idle")).toBe(1);
    await receiver.stop();
  });
});

describe("TLS", () => {
  it("takes messages with their length before them (RFC 5425)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "syslog-"));
    try {
      const certFile = join(folder, "certificate.pem");
      const keyFile = join(folder, "key.pem");
      writeFileSync(certFile, CERTIFICATE);
      writeFileSync(keyFile, PRIVATE_KEY);
      const tls = { endpoint: "127.0.0.1:0", certFile, keyFile };
      const { pushed, port } = await startSyslog({ tls });
      const socket = connectTls({ port: port("tls"), host: "localhost", ca: CERTIFICATE });
      await once(socket, "secureConnect");
      socket.end("9 <13>first10 <13>second");
      await until(() => pushed.logs.length === 2);
      expect(bodies(pushed)).toEqual(["first", "second"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("cannot start without its certificate, and says which setting is wrong", async () => {
    const tls = { endpoint: "127.0.0.1:0", certFile: "/nonexistent/a.pem", keyFile: "b.pem" };
    await expect(startSyslog({ tls })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("tls.certFile: /nonexistent/a.pem") as unknown,
    });
  });
});

describe("a batch that is refused", () => {
  it("is pushed again, after the time that was asked for", async () => {
    const clock = new FakeClock(Date.now());
    const { pushed, port, count, receiver } = await startSyslog({}, { clock });
    let refusals = 2;
    pushed.beforeAnswer = () => {
      if (refusals-- > 0) {
        throw new SightglassError("overloaded", "too much", { retryAfterSeconds: 7 });
      }
    };
    await sendUdp(port("udp"), "<13>app: kept");
    await until(() => pushed.pushes === 1);
    await clock.advance(6_900);
    expect(pushed.pushes).toBe(1);
    await clock.advance(200);
    expect(pushed.pushes).toBe(2);
    await clock.advance(7_000);
    await until(() => pushed.logs.length === 1);
    expect(bodies(pushed)).toEqual(["kept"]);
    expect(count("messages_dropped")).toBe(0);
    await receiver.stop();
  });

  it("for no known reason is dropped and counted after the bound, so that the next gets through", async () => {
    const clock = new FakeClock(Date.now());
    const { pushed, port, count, receiver } = await startSyslog({}, { clock });
    pushed.beforeAnswer = () => {
      if (pushed.pushes <= SYSLOG_QUEUE_LIMITS.attemptsMax) throw new Error("a fault");
    };
    await sendUdp(port("udp"), "<13>app: poison");
    await until(() => pushed.pushes === 1);
    for (let i = 1; i < SYSLOG_QUEUE_LIMITS.attemptsMax; i++) await clock.advance(60_000);
    expect(count("messages_dropped", "failed")).toBe(1);
    await sendUdp(port("udp"), "<13>app: next");
    await until(() => pushed.logs.length === 1);
    expect(bodies(pushed)).toEqual(["next"]);
    await receiver.stop();
  });

  it("at a stop is given up, and counted, only after the bound of time", async () => {
    const clock = new FakeClock(Date.now());
    const { pushed, port, count, receiver } = await startSyslog({}, { clock });
    pushed.beforeAnswer = () => {
      throw new SightglassError("stopping", "not now");
    };
    await sendUdp(port("udp"), "<13>app: lost");
    await until(() => pushed.pushes === 1);
    let isStopped = false;
    const stopped = receiver.stop().then(() => {
      isStopped = true;
    });
    for (let i = 0; i < 20 && !isStopped; i++) {
      expect(count("messages_dropped")).toBe(0);
      await clock.advance(600);
    }
    await stopped;
    expect(count("messages_dropped", "stopped")).toBe(1);
  });
});

describe("datagrams", () => {
  it("that come while the queue is full are dropped and counted, and the rest is kept", async () => {
    const { pushed, port, count } = await startSyslog();
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    pushed.beforeAnswer = () => answered;
    const message = `<13>app: ${"x".repeat(40_000)}`;
    const fitting = Math.floor(
      SYSLOG_QUEUE_LIMITS.bytesMax / (message.length + SYSLOG_QUEUE_LIMITS.recordBytes),
    );
    // One after another, since the system too has a bound for what was not read yet.
    for (let sent = 1; sent <= fitting + 3; sent++) {
      await sendUdp(port("udp"), message);
      await until(() => count("messages_received") === sent);
    }
    expect(count("messages_dropped", "queue_full")).toBe(3);
    answer();
    await until(() => pushed.logs.length === fitting);
    expect(count("messages_accepted")).toBe(fitting);
  });
});

describe("settings", () => {
  it("listen for UDP and TCP on the loopback address when nothing is set", () => {
    expect(syslog.settings.parse({})).toMatchObject({ allowFrom: [], timeZone: "UTC" });
  });

  it.each([
    [{ udp: { endpoint: "0.0.0.0:514" } }, "allowFrom"],
    [{ allowFrom: ["10.0.0.0/33"] }, "10.0.0.0/33"],
    [{ allowFrom: ["router1"] }, "router1"],
    [{ timeZone: "Mars/Olympus" }, "time zone database"],
    [{ tcp: { endpoint: "514" } }, "514"],
    [{ tpc: {} }, "tpc"],
  ])("refuse %j", (settings, named) => {
    expect(() => syslog.settings.parse(settings)).toThrow(named);
  });

  it("allow an outside endpoint with senders that are let in, or with client certificates", () => {
    const udp = { endpoint: "0.0.0.0:514" };
    expect(() => syslog.settings.parse({ udp, allowFrom: ["0.0.0.0/0", "::/0"] })).not.toThrow();
    const tls = { endpoint: "0.0.0.0:6514", certFile: "a", keyFile: "b", clientCaFile: "c" };
    expect(() => syslog.settings.parse({ tls })).not.toThrow();
  });
});

describe("stop", () => {
  it("is safe before start, and twice", async () => {
    const receiver = syslog.create(syslog.settings.parse({}), new PushedRows().context);
    await receiver.stop();
    await receiver.stop();
    await expect(receiver.start()).rejects.toMatchObject({ code: "stopping" });
  });

  it("keeps what was on its way", async () => {
    const { pushed, port, receiver } = await startSyslog();
    const socket = connect(port("tcp"), "127.0.0.1");
    await once(socket, "connect");
    socket.write("<13>app: one\n<13>app: two\n<13>app: half");
    await until(() => socket.writableLength === 0);
    await receiver.stop();
    expect(bodies(pushed)).toEqual(["one", "two", "half"]);
    socket.destroy();
  });

  it("names a port that is in use", async () => {
    const { port } = await startSyslog();
    const udp = { endpoint: `127.0.0.1:${port("udp")}` };
    await expect(startSyslog({ udp })).rejects.toMatchObject({ code: "port_in_use" });
  });
});
