import type { ModelUse, Query, Topic } from "./backends.ts";
import type { Instance } from "./fleet.ts";
import type { Span } from "./otlp-shape.ts";
import type { ExceptionTemplate } from "./shop.ts";

/** An exception as it happened, with its message and stack filled in. */
export interface Thrown {
  readonly template: ExceptionTemplate;
  readonly message: string;
  readonly stack: string;
}

export interface Order {
  readonly id: string;
  readonly total: number;
  readonly lines: number;
}

/** What a span is about: logs and metrics are made from it, so that the three signals agree. */
export type Facts =
  | {
      readonly about: "request";
      readonly method: string;
      readonly route: string;
      readonly path: string;
      readonly status: number;
      readonly userId: string;
      readonly thrown: Thrown | undefined;
      /** Of a request that placed an order. */
      readonly order?: Order;
    }
  | { readonly about: "query"; readonly query: Query; readonly rows: number }
  | { readonly about: "sent"; readonly topic: Topic }
  | {
      readonly about: "received";
      readonly topic: Topic;
      readonly partition: number;
      readonly offset: number;
      readonly thrown: Thrown | undefined;
    }
  | { readonly about: "job"; readonly job: string; readonly thrown: Thrown | undefined }
  | {
      readonly about: "model";
      readonly use: ModelUse;
      readonly inputTokens: number;
      readonly outputTokens: number;
    }
  | { readonly about: "other" };

/** A span with where it was made. */
export interface SpanRow {
  readonly instance: Instance;
  /** Index into `SCOPES` of `requests.ts`. */
  readonly scope: number;
  readonly span: Span;
  readonly durationMs: number;
  readonly facts: Facts;
}
