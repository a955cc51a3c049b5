/**
 * The import table of the architecture: which other layers a layer may import. A layer is a folder of
 * `src/`; `api/contract` and `destinations/store` are layers of their own here, since the table treats
 * them apart. `app` alone may import everything but the pages.
 */
const LAYERS = {
  core: [],
  config: ["core"],
  telemetry: ["core"],
  pipeline: ["core", "telemetry"],
  receivers: ["core", "pipeline"],
  processors: ["core", "pipeline"],
  destinations: ["core", "pipeline"],
  "destinations/store": ["core", "pipeline", "store"],
  store: ["core", "telemetry"],
  state: ["core", "telemetry"],
  query: ["core", "store"],
  insight: ["core", "query", "store", "state"],
  alerting: ["core", "telemetry", "query", "insight", "state"],
  integrations: ["core"],
  "api/contract": ["core"],
  api: [
    "core",
    "config",
    "telemetry",
    "pipeline",
    "receivers",
    "processors",
    "destinations",
    "destinations/store",
    "store",
    "state",
    "query",
    "insight",
    "alerting",
    "integrations",
    "api/contract",
  ],
  sdk: ["core", "pipeline", "api/contract"],
  ui: ["core", "api/contract"],
  app: [
    "core",
    "config",
    "telemetry",
    "pipeline",
    "receivers",
    "processors",
    "destinations",
    "destinations/store",
    "store",
    "state",
    "query",
    "insight",
    "alerting",
    "integrations",
    "api",
    "api/contract",
    "sdk",
  ],
} as const satisfies Record<string, readonly string[]>;

export type Layer = keyof typeof LAYERS;

/** Folders whose subfolders are components: one never imports its sibling. */
const COMPONENT_FOLDERS = [
  "src/receivers",
  "src/processors",
  "src/destinations",
  "src/integrations",
  "src/alerting/notifiers",
  "src/ui/features",
];

/** The layer of a file of `src/`, the more special one first; undefined for a folder not in the table. */
export function layerOf(path: string): Layer | undefined {
  const [, first = "", second = ""] = path.split("/");
  return [`${first}/${second}`, first].find((name): name is Layer => name in LAYERS);
}

/** The folder that an import of this layer starts with: `#api/contract/…` starts with `api`. */
export function folderOf(layer: Layer): string {
  return layer.split("/", 1)[0]!;
}

export function mayImport(from: Layer, to: Layer): boolean {
  const allowed: readonly string[] = LAYERS[from];
  return from === to || allowed.includes(to);
}

/** The component that a file belongs to, such as `src/receivers/otlp`; undefined outside of one. */
export function componentOf(path: string): string | undefined {
  const folder = COMPONENT_FOLDERS.find((candidate) => path.startsWith(`${candidate}/`));
  if (folder === undefined) return undefined;
  const [name, inside] = path.slice(folder.length + 1).split("/");
  return inside === undefined ? undefined : `${folder}/${name}`;
}
