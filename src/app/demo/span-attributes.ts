import { EXTERNALS, type ExternalName, type ModelUse, type Query, type Topic } from "./backends.ts";
import { type KeyValue, decimal, text, texts, whole } from "./otlp-shape.ts";
import type { Instance } from "./fleet.ts";
import { SERVICES } from "./shop.ts";

// The attributes of the demo's spans, in the names of OpenTelemetry's semantic conventions (1.37).
// What never changes for a kind of span is made once.

/** Who a trace is about; its requests carry it along. */
export interface Visitor {
  readonly userId: string;
  readonly sessionId: string;
  readonly address: string;
  readonly userAgent: string;
  readonly productId: string;
  readonly correlationId: string;
}

/** Services that visitors' browsers talk to, or nearly. */
const EDGE: ReadonlySet<string> = new Set(["frontend", "api-gateway"]);
const SCHEME = text("url.scheme", "http");
const HTTP_1 = text("network.protocol.version", "1.1");
const TCP = text("network.transport", "tcp");

function remembered<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = make(key)));
    return value;
  };
}

const method = remembered((name: string) => text("http.request.method", name));
const route = remembered((name: string) => text("http.route", name));
const template = remembered((name: string) => text("url.template", name));
const status = remembered((code: number) => whole("http.response.status_code", code));
const port = remembered((number: number) => whole("server.port", number));
const address = remembered((name: string) => text("server.address", name));
const peer = remembered((name: string) => text("network.peer.address", name));
export const errorType = remembered((name: string) => text("error.type", name));

export function serverAttributes(of: {
  instance: Instance;
  method: string;
  route: string;
  path: string;
  status: number;
  visitor: Visitor;
}): KeyValue[] {
  const { instance, visitor } = of;
  return [
    method(of.method),
    SCHEME,
    text("url.path", of.path),
    route(of.route),
    status(of.status),
    address(`${instance.service}.shop.internal`),
    port(SERVICES[instance.service].port),
    text("client.address", visitor.address),
    text("user_agent.original", visitor.userAgent),
    HTTP_1,
    text("user.id", visitor.userId),
    // The services behind the gateway know the user and not the session.
    EDGE.has(instance.service)
      ? text("session.id", visitor.sessionId)
      : texts("http.request.header.x-shop-region", [instance.region]),
  ];
}

export function clientAttributes(of: {
  target: Instance;
  method: string;
  path: string;
  status: number;
  route: string;
  bodyBytes: number;
}): KeyValue[] {
  const { target } = of;
  const { port: number } = SERVICES[target.service];
  const host = `${target.service}.shop.internal`;
  return [
    method(of.method),
    SCHEME,
    text("url.full", `http://${host}:${number}${of.path}`),
    status(of.status),
    address(host),
    port(number),
    peer(target.address),
    HTTP_1,
    TCP,
    whole("http.response.body.size", of.bodyBytes),
    template(of.route),
    text("service.peer.name", target.service),
  ];
}

const externalStatic = remembered((name: ExternalName) => {
  const { method: verb, host, path } = EXTERNALS[name];
  return [
    method(verb),
    text("url.scheme", "https"),
    text("url.full", `https://${host}${path}`),
    address(host),
    port(443),
    text("network.protocol.version", "2"),
    text("tls.protocol.version", "1.3"),
    TCP,
  ];
});

export function externalAttributes(
  name: ExternalName,
  code: number,
  bodyBytes: number,
): KeyValue[] {
  return [
    ...externalStatic(name),
    status(code),
    whole("http.response.body.size", bodyBytes),
    whole("http.request.resend_count", code >= 500 ? 2 : 0),
  ];
}

const queryStatic = remembered((query: Query) => [
  text("db.system.name", query.system),
  text("db.namespace", query.namespace),
  text("db.operation.name", query.operation),
  text("db.collection.name", query.collection),
  text("db.query.text", query.text),
  text("db.query.summary", `${query.operation} ${query.collection}`),
  address(query.host),
  port(query.port),
  TCP,
]);

export function queryAttributes(query: Query, rows: number, connection: number): KeyValue[] {
  return [
    ...queryStatic(query),
    peer(`10.60.0.${4 + (query.port % 8)}`),
    whole("db.response.returned_rows", rows),
    text("db.client.connection.pool.name", `${query.namespace}-${connection}`),
  ];
}

const topicStatic = remembered((topic: Topic) => [
  text("messaging.system", "kafka"),
  text("messaging.destination.name", topic.destination),
  address("kafka.shop.internal"),
  port(9092),
  TCP,
]);

const SEND = [text("messaging.operation.name", "send"), text("messaging.operation.type", "send")];
const PROCESS = [
  text("messaging.operation.name", "process"),
  text("messaging.operation.type", "process"),
];

export function messageAttributes(of: {
  topic: Topic;
  direction: "send" | "process";
  instance: Instance;
  partition: number;
  offset: number;
  bodyBytes: number;
  correlationId: string;
}): KeyValue[] {
  const attributes = [
    ...topicStatic(of.topic),
    ...(of.direction === "send" ? SEND : PROCESS),
    text("messaging.destination.partition.id", String(of.partition)),
    whole("messaging.kafka.offset", of.offset),
    whole("messaging.message.body.size", of.bodyBytes),
    text("messaging.client.id", of.instance.pod),
    text("correlation.id", of.correlationId),
  ];
  if (of.direction === "process")
    attributes.push(text("messaging.consumer.group.name", of.instance.service));
  return attributes;
}

const modelStatic = remembered((use: ModelUse) => [
  text("gen_ai.operation.name", use.operation),
  text("gen_ai.provider.name", use.provider),
  text("gen_ai.request.model", use.model),
  text("gen_ai.response.model", use.model),
  address(use.host),
  port(443),
]);

export function modelAttributes(of: {
  use: ModelUse;
  inputTokens: number;
  outputTokens: number;
  responseId: string;
  visitor: Visitor;
}): KeyValue[] {
  const attributes = [
    ...modelStatic(of.use),
    text("gen_ai.response.id", of.responseId),
    whole("gen_ai.usage.input_tokens", of.inputTokens),
    text("gen_ai.conversation.id", of.visitor.sessionId),
  ];
  if (of.use.operation !== "chat") return attributes;
  const cut = of.outputTokens >= OUTPUT_TOKENS_MAX;
  return [
    ...attributes,
    whole("gen_ai.usage.output_tokens", of.outputTokens),
    whole("gen_ai.request.max_tokens", OUTPUT_TOKENS_MAX),
    decimal("gen_ai.request.temperature", 0.3),
    texts("gen_ai.response.finish_reasons", [cut ? "length" : "stop"]),
  ];
}

/** What the assistant asks its model for at most. */
export const OUTPUT_TOKENS_MAX = 600;

const work = remembered((key: string) => {
  const [service, name] = key.split("|") as [string, string];
  const words = name.replaceAll(" ", "_");
  return [
    text("code.function.name", `${service}.${words}`),
    text("code.file.path", `/app/src/${words}`),
    whole("code.line.number", 20 + (key.length % 60)),
  ];
});

export function workAttributes(of: {
  service: string;
  name: string;
  thread: number;
  visitor: Visitor;
}): KeyValue[] {
  return [
    ...work(`${of.service}|${of.name}`),
    whole("thread.id", of.thread),
    text("thread.name", `worker-${of.thread}`),
    text("user.id", of.visitor.userId),
    text("shop.stage", of.name),
  ];
}

export function jobAttributes(of: { cron: string; job: string; run: string }): KeyValue[] {
  return [
    text("faas.trigger", "timer"),
    text("faas.cron", of.cron),
    text("faas.name", of.job),
    text("faas.invocation_id", of.run),
    text("correlation.id", of.run),
  ];
}
