import type { Scope } from "./otlp-shape.ts";

const NAMES = [
  "http",
  "postgresql",
  "redis",
  "elasticsearch",
  "kafka",
  "model",
  "jobs",
  "service",
] as const;
export type ScopeName = (typeof NAMES)[number];

/** The instrumentation scopes; a span row has an index of it. */
export const SCOPES: readonly Scope[] = NAMES.map((name) => ({
  name:
    name === "service" || name === "jobs"
      ? `shop.${name}`
      : `opentelemetry.instrumentation.${name}`,
  version: "0.58.0",
}));

export const SCOPE_OF = Object.fromEntries(NAMES.map((name, index) => [name, index])) as Readonly<
  Record<ScopeName, number>
>;
