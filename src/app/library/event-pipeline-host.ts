import { systemClock } from "#core/clock.ts";
import { JOURNAL_LIMITS } from "#core/limits.ts";
import { PAYLOAD_VERSION } from "#core/native/payload.ts";
import { rowsOfRecord } from "#core/native/record-rows.ts";
import { DeliveringDestination } from "#pipeline/delivery/delivering-destination.ts";
import { DestinationGroup } from "#pipeline/delivery/destination-group.ts";
import { DeliveryMetrics } from "#pipeline/delivery/delivery-metrics.ts";
import { openJournal } from "#pipeline/journal/journal.ts";
import { RunningGraph } from "#pipeline/graph/running-graph.ts";
import { contextOf, type Surroundings } from "#pipeline/graph/surroundings.ts";
import { wantedRows } from "#pipeline/graph/wanted-rows.ts";
import type {
  ComponentWarning,
  EventPipelineHost,
  OnWarning,
} from "#sdk/event-pipeline/event-pipeline-host.ts";
import { ComponentMeters } from "#telemetry/component-meters.ts";
import { createLogger, type LogRecord } from "#telemetry/log.ts";
import { createMeter } from "#telemetry/meter.ts";
import { componentTypes, loadComponents } from "../components.ts";
import { thisInstallation } from "../installed-packages.ts";
import { PipelineFolders } from "../pipeline-folders.ts";

/** Events are not kept in a store here: they may be of any time. */
const ANY_TIME = { oldestMs: 0, newestMs: 8.64e15 } as const;

const DESTINATION = "destination";

const SECTIONS = {
  source: "receivers",
  processor: "processors",
  destination: "destinations",
} as const;

/** What pipelines of events in other programs work with. Nothing but their data folder is shared with a server. */
export const eventPipelineHost: EventPipelineHost = {
  clock: systemClock,
  types: (kind) => componentTypes()[SECTIONS[kind]],
  loadComponents,
  installation: thisInstallation,
  createGraph,
  surroundings: (onWarning) => surroundingsOf(onWarning),
  timeWindow: () => ANY_TIME,
};

function surroundingsOf(onWarning: OnWarning, meter = createMeter()): Surroundings {
  const log = createLogger({
    level: "warn",
    clock: systemClock,
    sink(record) {
      const warning = warningOf(record);
      if (warning !== undefined) onWarning(warning);
    },
  });
  return {
    log,
    meters: new ComponentMeters(meter),
    clock: systemClock,
    random: Math.random,
    timeWindow: () => ANY_TIME,
    variable: thisInstallation.variable,
  };
}

/** Destinations have names of their own: one may be called as a source is. */
function ofDestinations(surroundings: Surroundings): Surroundings {
  return { ...surroundings, log: surroundings.log.child({ kind: DESTINATION }) };
}

/** What is heard from whoever watches a destination needs no log. */
const silentLog = createLogger({ level: "error", clock: systemClock, sink: () => {} });

function createGraph(folder: string, onWarning: OnWarning): RunningGraph {
  const clock = systemClock;
  const meter = createMeter();
  const surroundings = surroundingsOf(onWarning, meter);
  const folders = new PipelineFolders(folder);
  const metrics = new DeliveryMetrics(meter);
  return new RunningGraph({
    surroundings,
    receiversFolder: folders.receivers,
    // There is no store, but a holder of traces keeps as much back.
    storeBytesMax: JOURNAL_LIMITS.storeBacklogBytesMax,
    heldJournals: (pipeline) => folders.held(pipeline),
    removeJournal: (name) => folders.removeJournal(name),
    openJournal: (pipeline, consumers) =>
      openJournal({
        folder: folders.journal(pipeline),
        consumers,
        clock,
        payloadVersion: PAYLOAD_VERSION,
        onEvent: () => {},
        onCommit: () => {},
      }),
    createStore() {
      throw new RangeError("a pipeline of events has no store");
    },
    createDelivery(pipeline, spec, consumer) {
      const { name, delivery, create } = spec;
      const destination = create((component) =>
        contextOf(component, ofDestinations(surroundings), pipeline),
      );
      const delivering = new DeliveringDestination({
        pipeline,
        name,
        consumer,
        destination,
        ...wantedRows(spec),
        settings: delivery,
        rowsOfRecord: (record) => rowsOfRecord(record.signal, record.parts),
        folder: folders.delivery(pipeline),
        clock,
        random: Math.random,
        log: silentLog,
      });
      const forget = metrics.add(pipeline, delivering);
      const group = destination instanceof DestinationGroup ? destination : undefined;
      return { delivering, forget, members: () => group?.states() };
    },
    onGivenUp: ({ destination, rows }) =>
      surroundings.log.warn(
        "Events of a destination that is gone were not delivered, and are dropped",
        {
          kind: "destination",
          component: destination,
          rows,
        },
      ),
    onOpened: () => {},
    onRemoved: () => Promise.resolve(),
  });
}

/** Undefined for what is heard otherwise: failures of processors. */
function warningOf({ message, attributes }: LogRecord): ComponentWarning | undefined {
  if (attributes["processor"] !== undefined) return undefined;
  const text = (name: string): string | undefined => {
    const value = attributes[name];
    return value === undefined ? undefined : String(value);
  };
  const reason = text("reason") ?? text("exception.message");
  return {
    kind: attributes["kind"] === DESTINATION ? DESTINATION : undefined,
    component: text("receiver") ?? text("component"),
    error: new Error(reason === undefined ? message : `${message}: ${reason}`),
  };
}
