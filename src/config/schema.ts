import { z } from "zod";
import {
  address,
  choice,
  flag,
  integer,
  retention,
  section,
  setting,
  size,
  texts,
} from "./setting-types.ts";

const ORIGIN = /^(\*|https?:\/\/[^\s/?#]+)$/;
const HOST = /^[^\s/@]+$/;

/** A token short of this can be guessed. */
const TOKEN_CHARACTERS_MIN = 16;
const TOKEN_ALLOWED = `at least ${TOKEN_CHARACTERS_MIN} of the characters A-Z a-z 0-9 - . _ ~ + / =, not all alike (openssl rand -hex 32 makes one)`;
const CLICKHOUSE_URL_ALLOWED =
  "an address such as https://user:password@clickhouse.example:8443/database";

/**
 * Everything that can be configured, in one place: parsing, the JSON Schema, the documentation and the
 * environment variables come from here. Every object is strict: an unknown key is an error.
 */
export const settingsSchema = section("The configuration of Sightglass.", {
  dataDir: setting(z.string({ error: "a path" }).min(1, { error: "a path" }).prefault("./data"), {
    description:
      "Folder of the embedded store, the journal and the state. One process at a time uses it.",
    env: "SIGHTGLASS_DATA_DIR",
  }),
  token: setting(
    z.string({ error: TOKEN_ALLOWED }).refine(isToken, { error: TOKEN_ALLOWED }).optional(),
    {
      description:
        "Bearer token that every door but the health routes asks for. Without it only loopback addresses are served.",
      env: "SIGHTGLASS_TOKEN",
      secret: true,
    },
  ),
  http: section("The API and the UI.", {
    endpoint: setting(address().prefault("127.0.0.1:4319"), {
      description: "Address of the API and the UI. Port 0 takes any free one, which is printed.",
      env: "SIGHTGLASS_HTTP",
    }),
    allowedHosts: setting(texts("a host name, with or without a port", HOST).prefault([]), {
      description:
        "Names, besides loopback ones and the endpoint's own, under which browsers may reach the API and the UI.",
    }),
    allowedOrigins: setting(texts("an origin such as https://example.com", ORIGIN).prefault([]), {
      description: "Origins of other pages that may call the API from a browser.",
    }),
    unredactedSamples: setting(flag().prefault(false), {
      description:
        "Whether samples of rows in the API show them as they were before a `redact` processor.",
    }),
  }).prefault({}),
  receivers: section("The doors that telemetry comes in by.", {
    otlp: section("OpenTelemetry's own protocol.", {
      http: section("OTLP over HTTP: protobuf and JSON.", {
        endpoint: setting(address().prefault("127.0.0.1:4318"), {
          description: "Address of OTLP over HTTP. Port 0 takes any free one, which is printed.",
          env: "SIGHTGLASS_OTLP_HTTP",
        }),
        cors: section("What browsers may send from pages of other origins.", {
          allowedOrigins: setting(
            texts("an origin such as https://example.com, or *", ORIGIN).optional(),
            {
              description:
                "Origins whose pages may send telemetry; * means every origin. Without it pages of this machine may.",
            },
          ),
        }).prefault({}),
      }).prefault({}),
      grpc: section("OTLP over gRPC.", {
        endpoint: setting(address().prefault("127.0.0.1:4317"), {
          description: "Address of OTLP over gRPC. Port 0 takes any free one, which is printed.",
          env: "SIGHTGLASS_OTLP_GRPC",
        }),
      }).prefault({}),
    }).prefault({}),
  }).prefault({}),
  store: section("Where telemetry is kept.", {
    clickhouseUrl: setting(
      z
        .string({ error: CLICKHOUSE_URL_ALLOWED })
        .refine(isHttpUrl, { error: CLICKHOUSE_URL_ALLOWED })
        .optional(),
      {
        description: "A ClickHouse server or cluster. Without it the embedded engine is used.",
        env: "SIGHTGLASS_CLICKHOUSE_URL",
        secret: true,
      },
    ),
    memoryBytesMax: setting(size("400 MiB", "1 TiB").prefault("768 MiB"), {
      description: "Memory that the embedded engine may use, counted for the whole process.",
    }),
  }).prefault({}),
  retention: section(
    'How long data is kept, in days; "off" keeps it for ever. Older rows are refused.',
    {
      traces: setting(retention().prefault(30), { description: "Days that spans are kept." }),
      logs: setting(retention().prefault(30), { description: "Days that log records are kept." }),
      metrics: setting(retention().prefault(30), {
        description: "Days that metric points are kept.",
      }),
      aggregates: setting(retention().prefault(90), {
        description:
          "Days that per-minute figures, service maps and the attribute catalogue are kept.",
      }),
    },
  ).prefault({}),
  journal: section("What was acknowledged and is not in the store yet.", {
    backlogBytesMax: setting(size("64 MiB", "1 TiB").prefault("4 GiB"), {
      description:
        "Bytes that may wait for the store. At this bound senders are told to try again later.",
    }),
  }).prefault({}),
  log: section("Sightglass's own log, on standard error.", {
    level: setting(choice(["debug", "info", "warn", "error"]).prefault("info"), {
      description: "The least severe level that is written.",
    }),
    format: setting(choice(["auto", "pretty", "json"]).prefault("auto"), {
      description: "`pretty` is for people, `json` for machines; `auto` is pretty on a terminal.",
    }),
  }).prefault({}),
  self: section("Sightglass's own telemetry, kept in its own store as service `sightglass`.", {
    enabled: setting(flag().prefault(true), { description: "Whether to keep it." }),
    intervalSeconds: setting(integer("seconds", 1, 3_600).prefault(30), {
      description: "How often own spans, logs and metrics are written.",
    }),
    probe: section("Known spans that are written through the real door and read back, for ever.", {
      enabled: setting(flag().prefault(true), { description: "Whether to probe." }),
      intervalSeconds: setting(integer("seconds", 1, 3_600).prefault(30), {
        description: "How often a span is written.",
      }),
    }).prefault({}),
  }).prefault({}),
  shutdown: section("How Sightglass stops.", {
    budgetSeconds: setting(integer("seconds", 1, 600).prefault(20), {
      description:
        "How long open requests and planned inserts may take to finish. What is left stays in the journal for the next start.",
    }),
  }).prefault({}),
});

/** The configuration after parsing: every default filled in, sizes in bytes, addresses split. */
export type Settings = z.infer<typeof settingsSchema>;

function isToken(text: string): boolean {
  return (
    /^[\w\-.~+/=]+$/.test(text) && text.length >= TOKEN_CHARACTERS_MIN && new Set(text).size >= 4
  );
}

function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? "");
}
