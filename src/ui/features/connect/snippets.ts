import type { AboutAnswer } from "#api/contract/status.ts";

export interface Snippet {
  readonly id: string;
  readonly title: string;
  /** What to do with the code, in a sentence. */
  readonly how: string;
  readonly code: string;
}

/** Where telemetry is to be sent, as full addresses; undefined for a door that is not served. */
export interface Doors {
  readonly otlpHttp: string | undefined;
  readonly otlpGrpc: string | undefined;
  readonly ui: string | undefined;
  /** Whether senders need the token that this page was opened with. */
  readonly withToken: boolean;
}

/**
 * The doors as this page's reader reaches them: a server that listens on every address is where the page
 * came from. `pageHost` is the host name in the page's own address.
 */
export function doorsOf(
  { endpoints }: Pick<AboutAnswer, "endpoints">,
  withToken: boolean,
  pageHost: string,
): Doors {
  const address = (text: string | null): string | undefined => {
    if (text === null) return undefined;
    const full = (text.includes("://") ? text : `http://${text}`).replace(/\/$/, "");
    return full.replace(/:\/\/(0\.0\.0\.0|\[::\])(?=:|$)/, `://${pageHost}`);
  };
  return {
    otlpHttp: address(endpoints.otlpHttp),
    otlpGrpc: address(endpoints.otlpGrpc),
    ui: address(endpoints.ui),
    withToken,
  };
}

/** What a page without data waits for. */
export type Signal = "traces" | "logs" | "metrics";

/**
 * Ready to run as they stand, with the addresses of this Sightglass; none when OTLP/HTTP is not served. Each
 * sends `signal`, most of them the others too.
 */
export function snippetsFor(doors: Doors, signal: Signal = "traces"): Snippet[] {
  const { otlpHttp, withToken } = doors;
  if (otlpHttp === undefined) return [];
  return [
    curl(otlpHttp, withToken, signal),
    node(otlpHttp, withToken),
    python(otlpHttp, withToken),
    ...(signal === "traces" ? [go(otlpHttp, withToken)] : []),
    java(otlpHttp, withToken),
    collector(otlpHttp, withToken),
  ];
}

const AUTHORIZATION = "Bearer $SIGHTGLASS_TOKEN";

/** The environment that every OpenTelemetry SDK reads. */
function environment(endpoint: string, withToken: boolean): string[] {
  return [
    "export OTEL_SERVICE_NAME=my-service",
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`,
    "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    ...(withToken ? [`export OTEL_EXPORTER_OTLP_HEADERS="authorization=${AUTHORIZATION}"`] : []),
  ];
}

const EVERY_SIGNAL = [
  "export OTEL_TRACES_EXPORTER=otlp OTEL_METRICS_EXPORTER=otlp OTEL_LOGS_EXPORTER=otlp",
];

const RESOURCE =
  '    "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my-service"}}]},';

/** What curl sends of each signal: a row of just now, and what it is called. */
const ROWS: Readonly<Record<Signal, { one: string; how: string; body: readonly string[] }>> = {
  traces: {
    one: "One span, just now, with fresh ids.",
    how: "Sends one trace from any shell: the quickest way to see the page fill.",
    body: [
      '  -d \'{"resourceSpans":[{',
      RESOURCE,
      '    "scopeSpans":[{"spans":[{',
      `      "traceId":"'"$(id 16)"'","spanId":"'"$(id 8)"'","name":"GET /hello","kind":2,`,
      `      "startTimeUnixNano":"'"$now"'000000000","endTimeUnixNano":"'"$now"'250000000"`,
      "    }]}]}]}'",
    ],
  },
  logs: {
    one: "One log record, just now.",
    how: "Sends one log record from any shell: the quickest way to see the page fill.",
    body: [
      '  -d \'{"resourceLogs":[{',
      RESOURCE,
      '    "scopeLogs":[{"logRecords":[{',
      `      "timeUnixNano":"'"$now"'000000000","severityNumber":9,"severityText":"INFO",`,
      '      "body":{"stringValue":"Hello from the shell"}',
      "    }]}]}]}'",
    ],
  },
  metrics: {
    one: "One point of a gauge, just now.",
    how: "Sends one point from any shell; run it a few times to see a line.",
    body: [
      '  -d \'{"resourceMetrics":[{',
      RESOURCE,
      '    "scopeMetrics":[{"metrics":[{"name":"hello.temperature","unit":"Cel",',
      `      "gauge":{"dataPoints":[{"timeUnixNano":"'"$now"'000000000","asDouble":'"$((now % 30))"'}]}`,
      "    }]}]}]}'",
    ],
  },
};

function curl(endpoint: string, withToken: boolean, signal: Signal): Snippet {
  const { one, how, body } = ROWS[signal];
  const lines = [
    `# ${one}`,
    "now=$(date +%s)",
    ...(signal === "traces" ? ["id() { od -An -N\"$1\" -tx1 /dev/urandom | tr -d ' \\n'; }"] : []),
    `curl ${endpoint}/v1/${signal} \\`,
    ...(withToken ? [`  -H "Authorization: ${AUTHORIZATION}" \\`] : []),
    "  -H 'Content-Type: application/json' \\",
    ...body,
  ];
  return { id: "curl", title: "curl", how, code: lines.join("\n") };
}

function node(endpoint: string, withToken: boolean): Snippet {
  const lines = [
    "npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node",
    ...environment(endpoint, withToken),
    ...EVERY_SIGNAL,
    "node --require @opentelemetry/auto-instrumentations-node/register app.js",
  ];
  return {
    id: "node",
    title: "Node",
    how: "No change to the code: the requests, queries and calls of app.js are traced from outside.",
    code: lines.join("\n"),
  };
}

function python(endpoint: string, withToken: boolean): Snippet {
  const lines = [
    "pip install opentelemetry-distro opentelemetry-exporter-otlp",
    "opentelemetry-bootstrap --action=install",
    ...environment(endpoint, withToken),
    ...EVERY_SIGNAL,
    "export OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED=true",
    "opentelemetry-instrument python app.py",
  ];
  return {
    id: "python",
    title: "Python",
    how: "No change to the code: the libraries that app.py uses are instrumented as it starts.",
    code: lines.join("\n"),
  };
}

function go(endpoint: string, withToken: boolean): Snippet {
  const options = [
    `\t\totlptracehttp.WithEndpointURL("${endpoint}/v1/traces"),`,
    ...(withToken
      ? [
          "\t\totlptracehttp.WithHeaders(map[string]string{",
          '\t\t\t"authorization": "Bearer " + os.Getenv("SIGHTGLASS_TOKEN"),',
          "\t\t}),",
        ]
      : []),
  ];
  const lines = [
    "// go get go.opentelemetry.io/otel/sdk go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp",
    "// OTEL_SERVICE_NAME=my-service go run .",
    "package main",
    "",
    "import (",
    '\t"context"',
    '\t"log"',
    ...(withToken ? ['\t"os"'] : []),
    "",
    '\t"go.opentelemetry.io/otel"',
    '\t"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"',
    '\t"go.opentelemetry.io/otel/sdk/trace"',
    ")",
    "",
    "func main() {",
    "\tctx := context.Background()",
    "\texporter, err := otlptracehttp.New(ctx,",
    ...options,
    "\t)",
    "\tif err != nil {",
    "\t\tlog.Fatal(err)",
    "\t}",
    "\tprovider := trace.NewTracerProvider(trace.WithBatcher(exporter))",
    "\tdefer provider.Shutdown(ctx)",
    "\totel.SetTracerProvider(provider)",
    "",
    '\t_, span := otel.Tracer("my-service").Start(ctx, "hello")',
    "\tspan.End()",
    "}",
  ];
  return {
    id: "go",
    title: "Go",
    how: "A whole program that sends one span; keep the provider and trace your own work.",
    code: lines.join("\n").replaceAll("\t", "  "),
  };
}

function java(endpoint: string, withToken: boolean): Snippet {
  const lines = [
    "curl -LO https://github.com/open-telemetry/opentelemetry-java-instrumentation/releases/latest/download/opentelemetry-javaagent.jar",
    ...environment(endpoint, withToken),
    ...EVERY_SIGNAL,
    "java -javaagent:opentelemetry-javaagent.jar -jar app.jar",
  ];
  return {
    id: "java",
    title: "Java",
    how: "No change to the code: the agent instruments what app.jar uses.",
    code: lines.join("\n"),
  };
}

function collector(endpoint: string, withToken: boolean): Snippet {
  const lines = [
    "exporters:",
    "  otlp_http/sightglass: # otlphttp/sightglass before Collector 0.144",
    `    endpoint: ${endpoint}`,
    ...(withToken ? ["    headers:", '      authorization: "Bearer ${env:SIGHTGLASS_TOKEN}"'] : []),
    "",
    "service:",
    "  pipelines:",
    "    traces: { receivers: [otlp], exporters: [otlp_http/sightglass] }",
    "    metrics: { receivers: [otlp], exporters: [otlp_http/sightglass] }",
    "    logs: { receivers: [otlp], exporters: [otlp_http/sightglass] }",
  ];
  return {
    id: "collector",
    title: "Collector",
    how: "Adds Sightglass as one more destination of an OpenTelemetry Collector.",
    code: lines.join("\n"),
  };
}
