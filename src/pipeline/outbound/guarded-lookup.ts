import { lookup as dnsLookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { isAllowed, type Reach, whyNot } from "./destination-url.ts";

/** Addresses of a host name, at least one. */
export type Resolve = (
  host: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** A request that was not made: where it would have gone is not allowed. */
export class OutboundRefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "OutboundRefusedError";
  }
}

interface GuardOptions extends Reach {
  /** The system's resolver when left out. */
  readonly resolve?: Resolve;
}

const systemResolve: Resolve = (host) => dnsLookup(host, { all: true });

/** A look-up as Node's connections ask for, which gives a name's addresses only when each may be reached. */
export function guardedLookup(options: GuardOptions): LookupFunction {
  const { resolve = systemResolve } = options;
  const resolving = new Map<string, ReturnType<Resolve>>();

  /** Connections to one host that are made at the same time share a look-up: each holds a thread. */
  const resolved = (host: string): ReturnType<Resolve> => {
    const known = resolving.get(host);
    if (known !== undefined) return known;
    const looking = resolve(host).finally(() => resolving.delete(host));
    resolving.set(host, looking);
    return looking;
  };

  const answer = async (host: string, isAll: boolean, done: Done): Promise<void> => {
    try {
      const addresses = judged(host, await resolved(host), options);
      if (isAll) done(null, [...addresses]);
      else done(null, addresses[0]!.address, addresses[0]!.family);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)), "");
    }
  };

  return (host, { all }, done) => void answer(host, all === true, done);
}

type Done = Parameters<LookupFunction>[2];
type Addresses = Awaited<ReturnType<Resolve>>;

function judged(host: string, addresses: Addresses, reach: Reach): Addresses {
  for (const { address } of addresses)
    if (!isAllowed(address, reach)) throw new OutboundRefusedError(`${host} ${whyNot(address)}`);
  if (addresses.length === 0) throw new OutboundRefusedError(`${host} has no address`);
  return addresses;
}
