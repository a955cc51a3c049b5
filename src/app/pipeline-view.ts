import type { PipelinesAnswer } from "#api/contract/pipelines.ts";
import { formatTime } from "#core/time.ts";
import type { DeliveringDestination } from "#pipeline/delivery/delivering-destination.ts";
import type { MemberState } from "#pipeline/delivery/destination-group.ts";
import type { RunningGraph } from "#pipeline/graph/running-graph.ts";
import type { RunningPipeline } from "#pipeline/graph/running-pipeline.ts";
import type { WatchedConsumer } from "#pipeline/live/watched-consumer.ts";

type PipelineView = PipelinesAnswer["data"][number];
type DestinationView = PipelineView["destinations"][number];

/** What `/api/v1/pipelines` answers: how every component is doing now. */
export function viewPipelines(
  { spec, pipelines, receivers: running }: RunningGraph,
  receivers: readonly Pick<PipelineView["receivers"][number], "name" | "addresses">[],
): PipelinesAnswer {
  const seen = receivers.map((one) => ({ ...one, ...running.stateOf(one.name) }));
  return {
    data: pipelines.map((pipeline) => {
      const { name, processors, destinations, storeConsumer, storeLetters } = pipeline;
      return {
        name,
        receivers: seen.filter((one) => spec.pipelines.get(name)?.receivers.includes(one.name)),
        processors: processors.views(),
        destinations: [
          ...(storeConsumer === undefined ? [] : [viewStore(storeConsumer, storeLetters)]),
          ...destinations.map((one) => viewDestination(one, pipeline.members(one.name))),
        ],
      };
    }),
  };
}

/** Rows wait about a second for the store, and some seconds under full load. */
const STORE_AGE_MS_USUAL = 30_000;

/** The store is never given up: what it lacks waits for it, and at its bound senders are refused. */
function viewStore(
  consumer: WatchedConsumer,
  letters: RunningPipeline["storeLetters"],
): DestinationView {
  const { rows, bytes, oldestAgeMs } = consumer.backlog();
  return {
    name: "store",
    status: oldestAgeMs > STORE_AGE_MS_USUAL ? "degraded" : "healthy",
    metrics: consumer.metrics(),
    rates: { ...consumer.rates(), skipped: 0 },
    queue: { rows, bytes, oldestAgeMs },
    breaker: null,
    deadLetters:
      letters === undefined
        ? null
        : { count: letters.deadLetters.rows, bytes: letters.deadLetters.bytes },
    lastError: null,
    statistics: {},
    health: {},
  };
}

function viewDestination(
  destination: DeliveringDestination,
  members: readonly MemberState[] | undefined,
): DestinationView {
  const { lastError, ...live } = destination.live();
  const { rates, queue, breaker, deadLetters, statistics, health } = live;
  const { status, metrics } = destination.getHealth();
  return {
    name: destination.name,
    status,
    metrics,
    rates,
    queue,
    breaker,
    deadLetters,
    ...(members === undefined ? {} : { members: [...members] }),
    lastError:
      lastError === undefined
        ? null
        : {
            time: formatTime(BigInt(Math.floor(lastError.timeMs)) * 1_000_000n),
            message: lastError.message,
          },
    statistics,
    health,
  };
}
