// A process that sends prepared requests and tells what came of them: load-main.ts <plan as JSON>.
import { open, type FileHandle } from "node:fs/promises";
import { GrpcTransport } from "#app/demo/grpc-transport.ts";
import { HttpTransport } from "#app/demo/http-transport.ts";
import type { Transport } from "#app/demo/transport.ts";
import { quantile } from "../measure/statistics.ts";
import { type BodyFile, readBodies, ROWS_PER_BODY, signalOf } from "./bodies.ts";
import type { LoadPlan, LoadReport } from "./load-plan.ts";

/** gRPC shares connections: this many, however many calls are under way. */
const GRPC_CONNECTIONS = 4;
const PAUSE_MS_MAX = 1_000;

class Load {
  private readonly plan: LoadPlan;
  private readonly bodies: BodyFile;
  private readonly file: FileHandle;
  private readonly transports: Transport[];
  private readonly beganMs = performance.now();
  private readonly latenciesMs: number[] = [];
  private sent = 0;
  private acknowledgedRows = 0;
  private refusedRows = 0;
  private retried = 0;
  private bodyBytes = 0;
  private lastError = "";
  private lastAnswerMs = 0;

  constructor(plan: LoadPlan, bodies: BodyFile, file: FileHandle) {
    this.plan = plan;
    this.bodies = bodies;
    this.file = file;
    const options = {
      endpoint: new URL(`${plan.endpoint}/`),
      token: undefined,
      connectionsMax: plan.connections,
    };
    this.transports =
      plan.protocol === "http"
        ? [new HttpTransport(options)]
        : Array.from({ length: GRPC_CONNECTIONS }, () => new GrpcTransport(options));
  }

  async run(): Promise<LoadReport> {
    const senders = Array.from({ length: this.plan.connections }, () => this.sendInTurn());
    await Promise.all(senders);
    for (const transport of this.transports) transport.close();
    await this.file.close();
    const sorted = Float64Array.from(this.latenciesMs).sort();
    const list = [...sorted];
    const { user, system } = process.cpuUsage();
    return {
      acknowledgedRows: this.acknowledgedRows,
      requests: this.sent,
      retried: this.retried,
      refusedRows: this.refusedRows,
      lastError: this.lastError,
      seconds: (this.lastAnswerMs - this.beganMs) / 1_000,
      cycled: this.plan.first + this.sent > this.bodies.places.length,
      ackMs: {
        p50: quantile(list, 0.5),
        p95: quantile(list, 0.95),
        p99: quantile(list, 0.99),
        max: list.at(-1) ?? Number.NaN,
      },
      ownCpuSeconds: (user + system) / 1e6,
      bodyBytes: this.bodyBytes,
    };
  }

  /**
   * One of the senders. With a rate each request has its moment, and its latency counts from then:
   * a server that answers late does not slow the load down and so look better than it is.
   */
  private async sendInTurn(): Promise<void> {
    const { perSecond, seconds } = this.plan;
    for (;;) {
      const number = this.sent;
      const dueMs =
        perSecond === undefined ? performance.now() : this.beganMs + (number * 1_000) / perSecond;
      if (dueMs - this.beganMs >= seconds * 1_000) return;
      this.sent++;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      await this.deliver(number, dueMs);
    }
  }

  private async deliver(number: number, dueMs: number): Promise<void> {
    const signal = signalOf(this.bodies.kind);
    const { places } = this.bodies;
    const [offset, bytes] = places[(this.plan.first + number) % places.length]!;
    const body = Buffer.allocUnsafe(bytes);
    await this.file.read(body, 0, bytes, offset);
    this.bodyBytes += bytes;
    const transport = this.transports[number % this.transports.length]!;
    for (;;) {
      const answer = await transport.send(signal, body);
      this.lastAnswerMs = performance.now();
      if (answer.message !== "") this.lastError = answer.message;
      if (answer.outcome !== "retry") {
        const accepted = answer.outcome === "accepted" ? ROWS_PER_BODY - answer.rejected : 0;
        this.acknowledgedRows += accepted;
        this.refusedRows += ROWS_PER_BODY - accepted;
        this.latenciesMs.push(this.lastAnswerMs - dueMs);
        return;
      }
      this.retried++;
      const pauseMs = Math.min(PAUSE_MS_MAX, answer.retryAfterMs ?? 100);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

const plan = JSON.parse(process.argv[2]!) as LoadPlan;
const bodies = await readBodies(plan.bodies);
const load = new Load(plan, bodies, await open(bodies.path));
process.stdout.write(JSON.stringify(await load.run()));
