import type { Identity, Resource, Scope } from "#core/attributes.ts";
import type { KnownOrigins } from "#core/native/span-copier.ts";

/** Resources, or scopes, that are remembered; with more it begins anew. */
const ORIGINS_MAX = 8_192;

/**
 * What records came from, as one object for equal content, although each record that is read back
 * brings its own: what is written once a day, or looked at once, is told by the object.
 */
export class RememberedOrigins implements KnownOrigins {
  private readonly resources = new Map<string, Resource>();
  private readonly scopes = new Map<string, Scope>();

  resource(resource: Resource): Resource {
    return remembered(this.resources, resource);
  }

  scope(scope: Scope): Scope {
    return remembered(this.scopes, scope);
  }
}

function remembered<T extends { readonly id: Identity }>(known: Map<string, T>, item: T): T {
  const key = `${item.id.high}:${item.id.low}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= ORIGINS_MAX) known.clear();
  known.set(key, item);
  return item;
}
