import type { Signal } from "#core/signal.ts";
import type { DestinationContext } from "../component.ts";

/**
 * Rows that the other side took a request for, and then said that it rejected, without saying which: nobody
 * can tell, and none may be sent again (https://opentelemetry.io/docs/specs/otlp/#partial-success). They are
 * counted and logged.
 */
export class PartialRejections {
  readonly #log: DestinationContext["log"];
  readonly #counter: ReturnType<DestinationContext["meter"]["counter"]>;
  #count = 0;

  constructor({ log, meter }: Pick<DestinationContext, "log" | "meter">) {
    this.#log = log;
    this.#counter = meter.counter({
      name: "destination_partial_rejections_total",
      help: "Rows that a destination was sent and said that it rejected, without saying which.",
      unit: "{row}",
      labels: ["signal"],
    });
  }

  /** All of them so far. */
  get count(): number {
    return this.#count;
  }

  /** `said` by the side at `url`; where nothing was rejected it may still be a warning. */
  note(
    signal: Signal,
    said: { readonly rejected: number; readonly message: string },
    url: string,
  ): void {
    const { rejected, message } = said;
    if (rejected === 0 && message === "") return;
    this.#count += rejected;
    this.#counter.add(rejected, { signal });
    const { origin } = new URL(url);
    this.#log.warn("The other side rejected rows", { origin, signal, rejected, message });
  }
}
