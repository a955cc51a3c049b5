import type { Resource } from "#core/attributes.ts";
import type { SplunkHecSettings } from "./settings.ts";

const PLACEHOLDER = /\{([^{}]+)\}/g;

/** What stands beside an event: fields that are left out are the token's own. */
export interface EventMetadata {
  readonly host?: string;
  readonly source?: string;
  readonly sourcetype?: string;
  readonly index?: string;
}

/** The metadata of events by their resource, made once for each: thousands of rows share one. */
export class MetadataOfEvents {
  readonly #templates: readonly (readonly [keyof EventMetadata, string])[];
  readonly #known = new WeakMap<Resource, EventMetadata>();

  constructor(
    settings: Pick<SplunkHecSettings, "host" | "source"> & {
      readonly sourcetype?: string | undefined;
      readonly index?: string | undefined;
    },
  ) {
    const { host, source, sourcetype, index } = settings;
    const all = Object.entries({ host, source, sourcetype, index });
    this.#templates = all.filter(
      (entry): entry is [keyof EventMetadata, string] => entry[1] !== undefined,
    );
  }

  of(resource: Resource): EventMetadata {
    let metadata = this.#known.get(resource);
    if (metadata === undefined) this.#known.set(resource, (metadata = this.#make(resource)));
    return metadata;
  }

  #make(resource: Resource): EventMetadata {
    const values = new Map(resource.attributes.map(({ key, value }) => [key, value]));
    return Object.fromEntries(
      this.#templates.flatMap(([name, template]) => {
        const text = template.replaceAll(PLACEHOLDER, (_, key: string) => values.get(key) ?? "");
        return text.trim() === "" ? [] : [[name, text]];
      }),
    );
  }
}
