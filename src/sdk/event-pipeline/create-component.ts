import { DestinationComponent } from "./destination-component.ts";
import type {
  EventComponent,
  EventComponentKind,
  EventComponentOptions,
} from "./event-component.ts";
import type { EventPipelineHost } from "./event-pipeline-host.ts";
import { ProcessorComponent } from "./processor-component.ts";
import { SourceComponent } from "./source-component.ts";

/** A component of a type of the graph. */
export function createComponent(
  kind: EventComponentKind,
  type: string,
  host: EventPipelineHost,
  options: EventComponentOptions,
): EventComponent {
  if (kind === "source") return new SourceComponent(type, host, options);
  if (kind === "processor") return new ProcessorComponent(type, host, options);
  return new DestinationComponent(type, host, options);
}
