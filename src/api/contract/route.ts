import type { z } from "zod";

/** A route of the REST API. Validation, OpenAPI and the reference page come from this. */
export interface Route {
  /** GET when left out. */
  readonly method?: "POST" | "DELETE" | "PUT";
  /** What the body is, for one that is read as text; any other body is not read. */
  readonly body?: string;
  /** With `{name}` for each parameter of the path. */
  readonly path: string;
  readonly tag:
    | "Traces"
    | "Services"
    | "Logs"
    | "Events"
    | "Metrics"
    | "Attributes"
    | "Search"
    | "Pipelines"
    | "Dead letters"
    | "Live"
    | "Status";
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly answer: z.ZodType;
  /** Asks for no token. */
  readonly open?: true;
  /** Errors are `{ error, message, timestamp }`, as seed 003's clients know them, and no problems of RFC 9457. */
  readonly plainErrors?: true;
}

/**
 * A route that answers with server-sent events until either side ends it: `text/event-stream`, one event
 * after the other. It takes `Last-Event-ID`. https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export interface StreamRoute {
  readonly path: string;
  readonly tag: Route["tag"];
  readonly summary: string;
  readonly description: string;
  readonly query: z.ZodObject;
  /** What the data of each event is, by the event's name. */
  readonly events: Readonly<Record<string, z.ZodType>>;
}

export function methodOf(route: Route): "GET" | "POST" | "DELETE" | "PUT" {
  return route.method ?? "GET";
}
