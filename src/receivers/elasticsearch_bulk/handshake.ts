import { SightglassError } from "#core/errors.ts";
import type { RequestHead } from "#pipeline/intake/http-route.ts";

const CLUSTER = "sightglass";
const CLUSTER_ID = "c2lnaHRnbGFzcy1jbHVzdGVy";

/** What Beats, Logstash, Fluent Bit and the language clients ask for before they send. */
export type HandshakeAnswer = Readonly<Record<string, unknown>>;

/** `GET /`: who is there. */
export function info(version: string): HandshakeAnswer {
  return {
    name: CLUSTER,
    cluster_name: CLUSTER,
    cluster_uuid: CLUSTER_ID,
    version: {
      number: version,
      build_flavor: "default",
      build_type: "docker",
      build_hash: "0000000000000000000000000000000000000000",
      build_date: "2025-01-01T00:00:00.000Z",
      build_snapshot: false,
      lucene_version: "9.12.0",
      minimum_wire_compatibility_version: "7.17.0",
      minimum_index_compatibility_version: "7.0.0",
    },
    tagline: "You Know, for Search",
  };
}

const LICENSE = { uid: CLUSTER_ID, type: "basic", mode: "basic", status: "active" };
const FEATURE = { available: true, enabled: true };

/** What is said of a thing that a sender wants to be there: it is, so that it does not make it. */
type Presence = (name: string, head: RequestHead, version: string) => HandshakeAnswer;

const PRESENCE: Readonly<Record<string, Presence>> = {
  _license: () => ({ license: LICENSE }),
  _xpack: () => ({ license: LICENSE, features: { ilm: FEATURE, security: FEATURE } }),
  "_cluster/health": () => ({
    cluster_name: CLUSTER,
    status: "green",
    timed_out: false,
    number_of_nodes: 1,
    number_of_data_nodes: 1,
  }),
  _nodes: (_name, { headers }, version) => ({
    cluster_name: CLUSTER,
    nodes: {
      sightglass: {
        name: CLUSTER,
        version,
        roles: ["data", "ingest", "master"],
        http: { publish_address: headers.host ?? "127.0.0.1:9200" },
      },
    },
  }),
  "_ilm/policy": (name) => ({ [name]: { version: 1, policy: { phases: {} } } }),
  _ilm: () => ({ operation_mode: "RUNNING" }),
  _index_template: (name) => ({
    index_templates: [{ name, index_template: { index_patterns: [`${name}*`] } }],
  }),
  _component_template: (name) => ({
    component_templates: [{ name, component_template: { template: {} } }],
  }),
  _template: (name) => ({ [name]: { index_patterns: [`${name}*`] } }),
  "_ingest/pipeline": (name) => ({ [name]: { processors: [] } }),
  _alias: (name) => ({ [name]: { aliases: { [name]: { is_write_index: true } } } }),
  _data_stream: (name) => ({ data_streams: [{ name, status: "GREEN", indices: [] }] }),
};

/** The part of {@link PRESENCE} that a path is of, with what it names. */
export function familyOf(path: string): { family: string; name: string } | undefined {
  const [first = "", second = "", third = ""] = path.slice(1).split("/");
  const pair = `${first}/${second}`;
  if (Object.hasOwn(PRESENCE, pair)) return { family: pair, name: third };
  return Object.hasOwn(PRESENCE, first) ? { family: first, name: second } : undefined;
}

/**
 * Answers a request of a sender's preparations. To make a template, policy or pipeline is agreed to,
 * since nothing here needs one.
 *
 * @throws SightglassError `method_not_allowed`
 */
export function handshake(head: RequestHead, version: string): HandshakeAnswer {
  const found = familyOf(head.path)!;
  if (head.method === "PUT" || head.method === "POST") return { acknowledged: true };
  if (head.method !== "GET" && head.method !== "HEAD") {
    throw new SightglassError("method_not_allowed", `found ${head.method}, allowed is GET or PUT`);
  }
  return PRESENCE[found.family]!(decoded(found.name), head, version);
}

/** A part of a path without its percent signs; as it is where they are wrong. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
