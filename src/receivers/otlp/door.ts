import { DEFAULT_ORG, type Signal } from "#core/signal.ts";
import type { BearerToken } from "#pipeline/intake/bearer.ts";
import { Door, type DoorOptions } from "#pipeline/intake/door.ts";
import type { Intake } from "./intake.ts";
import type { OtlpSink } from "./sink.ts";

export interface OtlpDoorOptions extends Omit<DoorOptions, "owner"> {
  readonly sink: OtlpSink;
  readonly token: BearerToken | undefined;
}

/** What both OTLP doors share: their bounds, the token and the way to the sink. */
export class OtlpDoor extends Door {
  readonly token: BearerToken | undefined;
  private readonly sink: OtlpSink;

  constructor(options: OtlpDoorOptions) {
    super({ ...options, owner: "The OTLP receiver" });
    this.token = options.token;
    this.sink = options.sink;
  }

  async accept(signal: Signal, body: Buffer): Promise<Intake> {
    return this.sink.accept(signal, DEFAULT_ORG, body);
  }
}
