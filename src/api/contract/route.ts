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
    | "Metrics"
    | "Attributes"
    | "Pipelines"
    | "Dead letters"
    | "Status";
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly answer: z.ZodType;
  /** Asks for no token. */
  readonly open?: true;
}

export function methodOf(route: Route): "GET" | "POST" | "DELETE" | "PUT" {
  return route.method ?? "GET";
}
