import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { LIVE_LIMITS } from "#core/limits.ts";
import { parseSearch } from "#core/search/parse-search.ts";
import type { SearchNode, SearchSignal } from "#core/search/search-node.ts";
import type { LiveRows } from "#pipeline/live/live-rows.ts";
import type { TailStream } from "../../contract/live.ts";
import type { StreamQueryOf } from "../../contract/routes.ts";
import { invalidSearch } from "../search-parameter.ts";
import { EventStream, type StreamSocket } from "./event-stream.ts";
import { Pulse, type PulseSources } from "./pulse.ts";
import { RowChannels } from "./row-channels.ts";

/** What is told of as it happens. */
export interface TailSources extends PulseSources {
  readonly clock: Clock;
  readonly rows: LiveRows;
  /** Names this process in the ids of events; none like it has ever been. No `-` stands in it. */
  readonly life: string;
}

/** A checked request of a stream. */
export interface TailRequest {
  readonly query: StreamQueryOf<"tail">;
  readonly org: string;
  readonly lastId: string | undefined;
}

const SIGNAL_OF: Readonly<Partial<Record<TailStream, SearchSignal>>> = {
  logs: "logs",
  spans: "traces",
};

/** Every open answer of `GET /api/v1/tail`. */
export class Tails {
  private readonly sources: TailSources;
  private readonly channels: RowChannels;
  private readonly pulse: Pulse;
  private readonly open = new Set<EventStream>();
  private isStopped = false;

  constructor(sources: TailSources) {
    const { life, rows, clock } = sources;
    this.sources = sources;
    this.channels = new RowChannels(life, rows, clock);
    this.pulse = new Pulse(sources);
  }

  /**
   * Whether a stream may be opened, and what it looks for.
   *
   * @throws SightglassError `too_many_requests`, `stopping`, or `bad_request` for a search that is wrong.
   */
  prepare(request: TailRequest): PreparedTail {
    if (this.isStopped)
      throw new SightglassError("stopping", "Sightglass is stopping", { retryAfterSeconds: 5 });
    if (this.open.size >= LIVE_LIMITS.streamsMax) {
      const message = `${LIVE_LIMITS.streamsMax} streams are open already: close a page, or end a tail`;
      throw new SightglassError("too_many_requests", message, { retryAfterSeconds: 5 });
    }
    const { query, org } = request;
    const streams = [...new Set(query.streams.flat())];
    const asked = streams.flatMap((stream) => SIGNAL_OF[stream] ?? []);
    return { ...request, org, streams, ...searchOf(query.q ?? "", asked) };
  }

  /** Tells a socket, whose headers are written, what was prepared, until either side ends it. */
  start(
    { org, streams, signals, search, query, lastId }: PreparedTail,
    socket: StreamSocket,
  ): void {
    const leaves: (() => void)[] = [];
    const stream = new EventStream(socket, this.sources.clock, () => {
      this.open.delete(stream);
      for (const leave of leaves) leave();
    });
    this.open.add(stream);
    const take = (bytes: Buffer, rows: number): void => stream.send(bytes, rows);
    for (const name of ["status", "changed"] as const)
      if (streams.includes(name)) leaves.push(this.pulse.join(name, take));
    if (signals.length === 0) return;
    const interest = { org, signals, search };
    leaves.push(this.channels.join(interest, query.q ?? "", take, lastId));
  }

  /** Ends every stream; none is opened any more. Idempotent. */
  stop(): void {
    this.isStopped = true;
    for (const stream of this.open) stream.end();
    this.channels.close();
    this.pulse.stop();
  }
}

/** What a stream tells of. */
export interface PreparedTail extends TailRequest {
  readonly streams: readonly TailStream[];
  readonly signals: readonly SearchSignal[];
  readonly search: SearchNode | undefined;
}

/**
 * A search for rows of one signal or both. Where it names what only one of them has, it is about that one.
 *
 * @throws InvalidRequest when it is about neither.
 */
function searchOf(
  text: string,
  asked: readonly SearchSignal[],
): Pick<PreparedTail, "signals" | "search"> {
  const parsed = asked.map((signal) => ({ signal, ...parseSearch(text, signal) }));
  const good = parsed.filter((one) => one.ok);
  const [first] = parsed;
  if (good.length > 0 || first === undefined || first.ok)
    return { signals: good.map(({ signal }) => signal), search: good[0]?.search };
  throw invalidSearch(text, first.errors);
}
