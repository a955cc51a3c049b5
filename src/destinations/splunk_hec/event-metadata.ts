import type { Resource } from "#core/attributes.ts";
import { type NameTemplate, nameTemplate, resourceText } from "#pipeline/delivery/name-template.ts";
import { type SplunkHecSettings, TEMPLATE_PLACEHOLDERS } from "./settings.ts";

/** What stands beside an event: fields that are left out are the token's own. */
export interface EventMetadata {
  readonly host?: string;
  readonly source?: string;
  readonly sourcetype?: string;
  readonly index?: string;
}

/** The metadata of events by their resource, made once for each: thousands of rows share one. */
export class MetadataOfEvents {
  readonly #templates: readonly (readonly [keyof EventMetadata, NameTemplate])[];
  readonly #known = new WeakMap<Resource, EventMetadata>();

  constructor(
    settings: Pick<SplunkHecSettings, "host" | "source"> & {
      readonly sourcetype?: string | undefined;
      readonly index?: string | undefined;
    },
  ) {
    const { host, source, sourcetype, index } = settings;
    const all = { host, source, sourcetype, index };
    const names = Object.keys(all) as (keyof EventMetadata)[];
    this.#templates = names.flatMap((name) => {
      const text = all[name];
      return text === undefined ? [] : [[name, nameTemplate(text, TEMPLATE_PLACEHOLDERS)] as const];
    });
  }

  of(resource: Resource): EventMetadata {
    let metadata = this.#known.get(resource);
    if (metadata === undefined) this.#known.set(resource, (metadata = this.#make(resource)));
    return metadata;
  }

  #make(resource: Resource): EventMetadata {
    return Object.fromEntries(
      this.#templates.flatMap(([name, template]) => {
        const parts = template.map((part) =>
          typeof part === "string" ? part : resourceText(resource, part.key),
        );
        const text = parts.join("");
        return text.trim() === "" ? [] : [[name, text]];
      }),
    );
  }
}
