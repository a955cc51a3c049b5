import { Link, Outlet, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { Button } from "../components/button.tsx";
import { LogoIcon, PauseIcon, PlayIcon } from "../components/icons.tsx";
import { ThemeSwitch } from "../components/theme-switch.tsx";
import { TokenGate } from "../features/access/token-gate.tsx";
import { HealthBadge } from "../features/about/health-badge.tsx";
import { LiveConnection } from "../features/live/live-connection.tsx";
import { OutageBanner } from "../features/about/outage-banner.tsx";
import { LiveContext } from "../lib/live.ts";

/** What stands around every page: the way home, the health, live or paused, the theme. */
export function Shell() {
  const { live } = useSearch({ from: "__root__" });
  const { traceId } = useParams({ strict: false });
  useEffect(() => {
    document.title =
      traceId === undefined ? "Overview · Sightglass" : `Trace ${traceId.slice(0, 8)} · Sightglass`;
  }, [traceId]);
  return (
    <LiveContext value={live !== "off"}>
      <LiveConnection />
      <div className="flex min-h-dvh flex-col">
        <a
          href="#page"
          className="sr-only z-20 rounded-md bg-accent px-3 py-2 font-medium text-accent-text focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
        >
          Skip to the page
        </a>
        <TopBar traceId={traceId} />
        <main id="page" tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
          <OutageBanner />
          <TokenGate>
            <Outlet />
          </TokenGate>
        </main>
      </div>
    </LiveContext>
  );
}

function TopBar({ traceId }: { traceId: string | undefined }) {
  return (
    <header className="sticky top-0 z-10 flex h-12 items-center gap-2 border-b border-line bg-surface px-3 sm:gap-3 sm:px-5">
      <nav aria-label="Pages" className="flex min-w-0 items-center gap-1.5 sm:gap-2">
        <Link
          to="/"
          className="flex items-center gap-2 rounded-md text-base font-semibold tracking-tight"
        >
          <LogoIcon className="size-5.5" />
          <span className={traceId === undefined ? "" : "max-sm:sr-only"}>Sightglass</span>
        </Link>
        {traceId === undefined ? null : (
          <>
            <span aria-hidden="true" className="text-faint">
              /
            </span>
            <span className="truncate text-muted">
              Trace <span className="font-mono text-xs">{traceId.slice(0, 8)}</span>
            </span>
          </>
        )}
      </nav>
      <div className="ml-auto flex items-center gap-1.5 sm:gap-2">
        <HealthBadge />
        <LiveSwitch />
        <ThemeSwitch />
      </div>
    </header>
  );
}

/** Stops and restarts everything that moves by itself. */
function LiveSwitch() {
  const { live } = useSearch({ from: "__root__" });
  const navigate = useNavigate();
  const isLive = live !== "off";
  const turn = (): void => {
    void navigate({
      to: ".",
      search: (search) => ({ ...search, live: isLive ? "off" : undefined }),
      replace: true,
    });
  };
  return (
    <Button onClick={turn} title={isLive ? "Stop following the data" : "Follow the data again"}>
      {isLive ? <PauseIcon className="size-3.5" /> : <PlayIcon className="size-3.5" />}
      <span className="max-sm:sr-only">{isLive ? "Pause" : "Resume"}</span>
    </Button>
  );
}
