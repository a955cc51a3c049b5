import { Resource, Scope } from "../attributes.ts";
import { ROW_LIMITS } from "../limits.ts";
import { Remembered } from "../remembered.ts";
import { ownText } from "../utf8.ts";
import type { AttributeInputs } from "./attribute-input.ts";
import { AttributeListWriter } from "./attribute-writer.ts";

/** What a receiver knows of the instrumentation scope of its rows. */
export interface ScopeInput {
  readonly name: string;
  readonly version?: string;
}

/** The scope of rows whose sender names none. */
const NO_SCOPE = new Scope("", "");

/**
 * Resources and scopes of builders. Equal ones are the same object as long as they are remembered,
 * so that a sender's resource is hashed, and written to the store, once.
 */
class Origins {
  private readonly resources = new Remembered<Resource>();
  private readonly scopes = new Remembered<Scope>();
  private readonly writer = new AttributeListWriter();

  /** @throws RangeError when a value is nested too deeply. */
  resource(attributes: AttributeInputs): Resource {
    this.writer.prepare(attributes);
    const key = this.writer.identity();
    const known = this.resources.get(key);
    if (known !== undefined) return known;
    const resource = new Resource(this.writer.list());
    this.resources.set(key, resource);
    return resource;
  }

  scope(input: ScopeInput | undefined): Scope {
    if (input === undefined) return NO_SCOPE;
    const name = ownText(input.name, ROW_LIMITS.nameBytesMax);
    const version = ownText(input.version ?? "", ROW_LIMITS.nameBytesMax);
    const key = `${name.length}:${name}${version}`;
    const known = this.scopes.get(key);
    if (known !== undefined) return known;
    const scope = new Scope(name, version);
    this.scopes.set(key, scope);
    return scope;
  }
}

/** What all builders of the process share. */
export const origins = new Origins();
