/** What browsers have for the policy of the pages that no text becomes a script; not all do. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (address: string) => string },
  ): { createScriptURL(address: string): unknown };
}

declare global {
  interface Window {
    readonly trustedTypes?: TrustedTypes;
  }
}

/** The policy that the server's headers name; the only one, and it lets through only what the build made. */
let policy: ReturnType<TrustedTypes["createPolicy"]> | undefined;

function ownAddress(address: string): string {
  const url = new URL(address, window.location.href);
  if (url.origin !== window.location.origin) throw new TypeError("a worker of another server");
  return url.href;
}

/**
 * Starts a worker of our own.
 *
 * @param address as `import address from "./x.worker.ts?worker&url"` gives it.
 * @throws TypeError For an address of another server.
 */
export function startWorker(address: string): Worker {
  const { trustedTypes } = window;
  if (trustedTypes === undefined) return new Worker(ownAddress(address), { type: "module" });
  policy ??= trustedTypes.createPolicy("sightglass", { createScriptURL: ownAddress });
  // A trusted address is an object that only the browser reads; the types know of texts alone.
  const trusted = policy.createScriptURL(address) as string;
  return new Worker(trusted, { type: "module" });
}
