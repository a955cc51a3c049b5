import type {
  Destination,
  DestinationContext,
  OnError,
  Processor,
  ProcessorContext,
  Receiver,
  ReceiverContext,
} from "../component.ts";
import type { Claim } from "../claims.ts";
import type { Row } from "../delivery/delivery.ts";
import type { DeliverySettings } from "../delivery/delivery-settings.ts";
import type { OptionalPackage, ReadVariable } from "../optional-packages.ts";

/** One component of a graph, judged and not made yet. */
export interface ComponentSpec<Context, Component> {
  /** Its type, or its type with a name of its own: `webhook`, `webhook/slack`. */
  readonly name: string;
  readonly type: string;
  /** Its settings as they were written, with the references in them resolved: two equal ones are one configuration. */
  readonly written: unknown;
  readonly claims: readonly Claim[];
  /** What must be installed for it beside all others; nothing when left out. */
  readonly packages?: (variable: ReadVariable) => readonly OptionalPackage[];
  readonly create: (context: Context) => Component;
}

export type ReceiverSpec = ComponentSpec<ReceiverContext, Receiver>;
export interface ProcessorSpec extends ComponentSpec<ProcessorContext, Processor> {
  readonly onError: OnError;
  /** Whether it holds traces, behind a journal of their own. */
  readonly holds?: true;
  /** The condition under which it is given a row; without one it is given all. */
  readonly when?: string;
}
/** Gives what one component is given: a group is made of several. */
export type DestinationContexts = (name: string) => DestinationContext;

export interface DestinationSpec extends ComponentSpec<DestinationContexts, Destination> {
  readonly delivery: DeliverySettings;
  /** The condition under which it is given a row; without one it is given all. */
  readonly when?: string;
  /** The same as a function, of a pipeline in code. A row at which it throws is given, and that is told. */
  readonly isWanted?: (row: Row) => boolean;
  /** Of a group. */
  readonly members?: readonly DestinationSpec[];
}

/** A way from receivers through processors to destinations. All are names. */
export interface PipelineSpec {
  readonly name: string;
  readonly receivers: readonly string[];
  /** In the order in which they work. */
  readonly processors: readonly string[];
  readonly destinations: readonly string[];
}

/** A whole graph, judged: every name in a pipeline is that of a component. */
export interface GraphSpec {
  readonly receivers: ReadonlyMap<string, ReceiverSpec>;
  readonly processors: ReadonlyMap<string, ProcessorSpec>;
  readonly destinations: ReadonlyMap<string, DestinationSpec>;
  readonly pipelines: ReadonlyMap<string, PipelineSpec>;
}

/** Components that need no entry: they have settings of their own elsewhere. */
export const BUILT_IN = { receivers: ["otlp"], destinations: ["store"] } as const;

export const DEFAULT_PIPELINE = "default";

/** The graph of a configuration that names no components: OTLP to the store. */
export const NO_COMPONENTS: GraphSpec = {
  receivers: new Map(),
  processors: new Map(),
  destinations: new Map(),
  pipelines: new Map([
    [
      DEFAULT_PIPELINE,
      {
        name: DEFAULT_PIPELINE,
        receivers: BUILT_IN.receivers,
        processors: [],
        destinations: BUILT_IN.destinations,
      },
    ],
  ]),
};
