import type { PipelinesAnswer } from "#api/contract/pipelines.ts";
import { formatTime } from "#core/time.ts";
import type { DeliveringDestination } from "#pipeline/delivery/delivering-destination.ts";
import { DEFAULT_PIPELINE } from "#pipeline/graph/graph-spec.ts";
import type { JournalConsumer } from "#pipeline/journal/journal.ts";
import type { Ingest } from "./ingest.ts";

type PipelineView = PipelinesAnswer["data"][number];
type DestinationView = PipelineView["destinations"][number];

/** What `/api/v1/pipelines` answers: how every component is doing now. */
export function viewPipelines(
  { chain, destinations, storeConsumer }: Ingest,
  receivers: PipelineView["receivers"],
): PipelinesAnswer {
  return {
    data: [
      {
        name: DEFAULT_PIPELINE,
        receivers: [...receivers],
        processors: chain.chain.counts(),
        destinations: [viewStore(storeConsumer), ...destinations.map(viewDestination)],
      },
    ],
  };
}

/** Rows wait about a second for the store, and some seconds under full load. */
const STORE_AGE_MS_USUAL = 30_000;

/** The store is never given up: what it lacks waits for it, and at its bound senders are refused. */
function viewStore(consumer: JournalConsumer): DestinationView {
  const { rows, bytes, oldestAgeMs } = consumer.backlog();
  return {
    name: "store",
    status: oldestAgeMs > STORE_AGE_MS_USUAL ? "degraded" : "healthy",
    rates: null,
    queue: { rows, bytes, oldestAgeMs },
    breaker: null,
    deadLetters: null,
    lastError: null,
  };
}

function viewDestination(destination: DeliveringDestination): DestinationView {
  const { rates, queue, breaker, deadLetters, lastError } = destination.live();
  return {
    name: destination.name,
    status: destination.getHealth().status,
    rates,
    queue,
    breaker,
    deadLetters,
    lastError:
      lastError === undefined
        ? null
        : {
            time: formatTime(BigInt(Math.floor(lastError.timeMs)) * 1_000_000n),
            message: lastError.message,
          },
  };
}
