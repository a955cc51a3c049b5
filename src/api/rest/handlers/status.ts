import type { Clock } from "#core/clock.ts";
import type { Ledger } from "#telemetry/ledger.ts";
import type { STATUS_ROUTES } from "../../contract/status-routes.ts";
import type { AboutAnswer, ReadyAnswer } from "../../contract/status.ts";
import type { HandlersOf } from "../route-request.ts";

/** What the state of the process is told from. */
export interface StatusSources {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, "inAll" | "sinceStart">;
  readonly about: () => AboutAnswer | Promise<AboutAnswer>;
  readonly checks: () => ReadyAnswer["checks"];
  readonly version: string;
}

export function statusHandlers(sources: StatusSources): HandlersOf<keyof typeof STATUS_ROUTES> {
  const { clock, ledger } = sources;
  const startedMs = clock.monotonicMs();
  return {
    getLedger: () => ({ sinceStart: ledger.sinceStart(), inAll: ledger.inAll() }),
    getAbout: () => sources.about(),
    getHealth: () => ({
      status: "healthy",
      timestamp: new Date(clock.nowMs()).toISOString(),
      uptime: (clock.monotonicMs() - startedMs) / 1_000,
      version: sources.version,
    }),
    getLive: () => ({ status: "live" }),
    getReady: () => {
      const checks = sources.checks();
      return { status: checks.every(({ ready }) => ready) ? "ready" : "not_ready", checks };
    },
  };
}
