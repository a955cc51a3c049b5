import { isIP } from "node:net";
import { z } from "zod";
import { type Address, isLoopback } from "#core/address.ts";
import { localTimeIn } from "#core/local-time.ts";
import { endpointSetting } from "#pipeline/intake/endpoint-settings.ts";

const KiB = 1_024;

const NETWORK = /^(?<address>[0-9a-f.:]+)(?:\/(?<bits>\d{1,3}))?$/i;

/** An address, or a network such as `10.0.0.0/8`. */
export interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: "ipv4" | "ipv6";
}

const network = z
  .string()
  .transform((text, context): Network => {
    const found = parseNetwork(text);
    if (found !== undefined) return found;
    const message = `found ${text}, allowed is an address or a network, such as 10.0.0.0/8 or fd00::/8`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .describe("An address or a network.");

function parseNetwork(text: string): Network | undefined {
  const groups = NETWORK.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const address = groups["address"]!;
  const version = isIP(address);
  if (version === 0) return undefined;
  const widest = version === 4 ? 32 : 128;
  const bits = Number(groups["bits"] ?? widest);
  return bits > widest ? undefined : { address, bits, family: version === 4 ? "ipv4" : "ipv6" };
}

const tls = z
  .strictObject({
    certFile: z
      .string()
      .min(1)
      .describe("PEM file of the server's certificate, with its chain.")
      .meta({ examples: ["/etc/sightglass/syslog.crt"] }),
    keyFile: z
      .string()
      .min(1)
      .describe("PEM file of the certificate's private key.")
      .meta({ examples: ["/etc/sightglass/syslog.key"] }),
    clientCaFile: z
      .string()
      .min(1)
      .optional()
      .describe("PEM file of the authorities whose client certificates are asked for and let in.")
      .meta({ examples: ["/etc/sightglass/clients.crt"] }),
  })
  .describe("Certificates for TLS.");

export const syslogSettings = z
  .strictObject({
    udp: z
      .strictObject({ endpoint: endpointSetting("127.0.0.1:5514", "Where datagrams are taken.") })
      .optional()
      .describe("RFC 5426: one message a datagram. Without udp, tcp and tls: the first two are on.")
      .meta({ examples: [{ endpoint: "127.0.0.1:5514" }] }),
    tcp: z
      .strictObject({ endpoint: endpointSetting("127.0.0.1:5514", "Where connections are taken.") })
      .optional()
      .describe("RFC 6587: messages with their length before them, or with a line end after them.")
      .meta({ examples: [{ endpoint: "127.0.0.1:5514" }] }),
    tls: tls
      .extend({ endpoint: endpointSetting("127.0.0.1:6514", "Where TLS connections are taken.") })
      .optional()
      .describe("RFC 5425: as tcp, over TLS 1.2 or later.")
      .meta({ examples: [{ certFile: "syslog.crt", keyFile: "syslog.key" }] }),
    allowFrom: z
      .array(network)
      .max(1_000)
      .default([])
      .describe(
        "Senders that are let in; all, when it is empty. Syslog has no tokens, so an endpoint that is not a loopback address needs it (or clientCaFile).",
      )
      .meta({ examples: [["10.0.0.0/8"]] }),
    timeZone: z
      .string()
      .default("UTC")
      .refine(isTimeZone, {
        error: "allowed is a name such as UTC or Europe/Berlin of the time zone database",
      })
      .describe("Zone of times that name none (RFC 3164).")
      .meta({ examples: ["Europe/Berlin"] }),
    messageBytesMax: z
      .int()
      .min(480)
      .max(1_024 * KiB)
      .default(64 * KiB)
      .describe("Bytes of one message; what is over is cut, marked and counted."),
    connectionsMax: z
      .int()
      .min(1)
      .max(10_000)
      .default(1_000)
      .describe("TCP and TLS connections at once; one more is closed and counted."),
    idleMsMax: z
      .int()
      .min(1_000)
      .max(86_400_000)
      .default(3_600_000)
      .describe("Milliseconds after which a connection without a byte is closed."),
  })
  .superRefine((settings, context) => {
    for (const door of ["udp", "tcp", "tls"] as const) {
      const endpoint = settings[door]?.endpoint;
      if (endpoint === undefined || isLoopback(endpoint.host)) continue;
      if (settings.allowFrom.length > 0) continue;
      if (door === "tls" && settings.tls?.clientCaFile !== undefined) continue;
      context.addIssue({
        code: "custom",
        path: ["allowFrom"],
        message: `is needed where an endpoint is not a loopback address: found ${door} at ${endpoint.host}`,
      });
    }
  });

export type SyslogSettings = z.output<typeof syslogSettings>;

const BOTH_DEFAULT: Address = { host: "127.0.0.1", port: 5514 };

/** What listens: what was set, or UDP and TCP when nothing was. */
export function doorsOf({ udp, tcp, tls: secure }: SyslogSettings): {
  readonly udp: Address | undefined;
  readonly tcp: Address | undefined;
  readonly tls: SyslogSettings["tls"];
} {
  const isNothing = udp === undefined && tcp === undefined && secure === undefined;
  const fallback = isNothing ? BOTH_DEFAULT : undefined;
  return { udp: udp?.endpoint ?? fallback, tcp: tcp?.endpoint ?? fallback, tls: secure };
}

function isTimeZone(name: string): boolean {
  try {
    localTimeIn(name);
    return true;
  } catch {
    return false;
  }
}
