import { systemClock } from "#core/clock.ts";
import type { Signal } from "#core/signal.ts";
import type { AnsweredRequest } from "#pipeline/intake/door.ts";
import type { Intake } from "../intake.ts";
import { createOtlpReceiver, type OtlpReceiver, type OtlpReceiverOptions } from "../receiver.ts";
import type { OtlpSink } from "../sink.ts";

/** A sink for tests: it keeps what it was given and answers as it is told. */
export class FakeSink implements OtlpSink {
  readonly received: { signal: Signal; org: string; body: Buffer }[] = [];
  answer: () => Intake | Promise<Intake> = () => ({ accepted: 1, rejected: 0, message: "" });

  async accept(signal: Signal, org: string, body: Buffer): Promise<Intake> {
    this.received.push({ signal, org, body });
    return this.answer();
  }
}

export interface ReceiverUnderTest {
  readonly sink: FakeSink;
  readonly receiver: OtlpReceiver;
  readonly answered: AnsweredRequest[];
  readonly warnings: string[];
  readonly errors: string[];
  /** Without a slash at the end. */
  readonly httpUrl: string;
  readonly httpPort: number;
  /** host:port */
  readonly grpcAddress: string;
  readonly grpcPort: number;
}

const open: OtlpReceiver[] = [];

/** Stops every receiver that was started; for `afterEach`. */
export async function stopReceivers(): Promise<void> {
  for (const receiver of open.splice(0)) await receiver.stop();
}

/** Starts a receiver on free ports of the loopback address, in front of a {@link FakeSink}. */
export async function startReceiver(
  overrides: Partial<OtlpReceiverOptions> = {},
): Promise<ReceiverUnderTest> {
  const sink = new FakeSink();
  const answered: AnsweredRequest[] = [];
  const warnings: string[] = [];
  const errors: string[] = [];
  const receiver = createOtlpReceiver({
    http: { host: "127.0.0.1", port: 0 },
    grpc: { host: "127.0.0.1", port: 0 },
    sink,
    metrics: { answered: (request) => answered.push(request) },
    log: {
      info: ignore,
      warn: (message) => warnings.push(message),
      error: (message) => errors.push(message),
    },
    clock: systemClock,
    ...overrides,
  });
  open.push(receiver);
  const { httpPort, grpcPort } = await receiver.start();
  return {
    sink,
    receiver,
    answered,
    warnings,
    errors,
    httpUrl: `http://127.0.0.1:${httpPort}`,
    httpPort,
    grpcAddress: `127.0.0.1:${grpcPort}`,
    grpcPort,
  };
}

function ignore(): void {
  // Nothing that tests look at.
}
