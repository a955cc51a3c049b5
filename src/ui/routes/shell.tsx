import {
  Link,
  Outlet,
  useLocation,
  useRouter,
  useRouterState,
  useSearch,
} from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { LogoIcon } from "../components/icons.tsx";
import { IconButton } from "../components/button.tsx";
import { KeyboardIcon } from "../components/nav-icons.tsx";
import { ThemeSwitch } from "../components/theme-switch.tsx";
import { HealthBadge } from "../features/about/health-badge.tsx";
import { LiveConnection } from "../features/live/live-connection.tsx";
import { OutageBanner } from "../features/about/outage-banner.tsx";
import { TokenGate } from "../features/access/token-gate.tsx";
import { KeyHelp } from "../features/help/key-help.tsx";
import { Palette } from "../features/palette/palette.tsx";
import { BottomBar } from "../features/shell/bottom-bar.tsx";
import { LiveSwitch } from "../features/shell/live-switch.tsx";
import { PaletteButton } from "../features/shell/palette-button.tsx";
import { Rail } from "../features/shell/rail.tsx";
import { RangeControls } from "../features/shell/range-controls.tsx";
import { ShareButton } from "../features/shell/share-button.tsx";
import { SavedViewsMenu } from "../features/views/saved-views-menu.tsx";
import { listenForKeys } from "../lib/commands.ts";
import { LiveContext } from "../lib/live.ts";
import { useOwnTitle } from "../lib/page-title.ts";
import { rememberPage } from "../lib/recent-pages.ts";
import { ZoneContext } from "../lib/use-zone.ts";
import { isRanged, NAV, sectionOf, type NavEntry } from "./nav.ts";
import { ShellCommands } from "./shell-commands.tsx";

type Shown = "palette" | "help" | undefined;

/** What stands around every page: the navigation, search, the time range, live or paused, help. */
export function Shell() {
  const { live, zone } = useSearch({ from: "__root__" });
  const pathname = useLocation({ select: (location) => location.pathname });
  const [shown, setShown] = useState<Shown>(undefined);
  useEffect(() => listenForKeys(window), []);
  const pages = useNavPages();
  const here = sectionOf(pathname)?.path;
  const close = (): void => setShown(undefined);
  const help = (
    <>
      <ThemeSwitch />
      <IconButton label="Keyboard help" onClick={() => setShown("help")}>
        <KeyboardIcon />
      </IconButton>
    </>
  );
  return (
    <LiveContext value={live !== "off"}>
      <LiveConnection />
      <ZoneContext value={zone}>
        <a
          href="#page"
          className="sr-only z-30 rounded-md bg-accent px-3 py-2 font-medium text-accent-text focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
        >
          Skip to the page
        </a>
        {/* Before the pages, so that a page's own keys have the right of way. */}
        <ShellCommands
          pages={pages}
          onPalette={() => setShown("palette")}
          onHelp={() => setShown("help")}
        />
        <div className="flex min-h-dvh">
          <Rail pages={pages} here={here}>
            {help}
          </Rail>
          <div className="flex min-w-0 flex-1 flex-col pb-(--bar-bottom)">
            <TopBar isRanged={isRanged(pathname)} onPalette={() => setShown("palette")} />
            <main id="page" tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
              <OutageBanner />
              <TokenGate>
                <Outlet />
              </TokenGate>
            </main>
          </div>
        </div>
        <BottomBar pages={pages} here={here}>
          {help}
        </BottomBar>
        <PageTitle pathname={pathname} />
        <Palette isOpen={shown === "palette"} onClose={close} />
        <KeyHelp isOpen={shown === "help"} onClose={close} />
      </ZoneContext>
    </LiveContext>
  );
}

/** The pages of the navigation that are there. */
function useNavPages(): readonly NavEntry[] {
  const { routesByPath } = useRouter();
  return useMemo(() => NAV.filter(({ path }) => path in routesByPath), [routesByPath]);
}

function TopBar(props: { isRanged: boolean; onPalette: () => void }) {
  return (
    <header className="sticky top-0 z-10 flex h-(--bar-top) items-center gap-2 border-b border-line bg-surface px-3 sm:gap-3 sm:px-5">
      <Link to="/" aria-label="Sightglass" className="rounded-md sm:hidden">
        <LogoIcon className="size-5.5" />
      </Link>
      <PaletteButton onOpen={props.onPalette} />
      <div className="ml-auto flex min-w-0 items-center gap-1 sm:gap-2">
        {props.isRanged ? <RangeControls /> : null}
        <LiveSwitch />
        <ShareButton isRanged={props.isRanged} />
        <SavedViewsMenu />
        <HealthBadge />
      </div>
    </header>
  );
}

/** Keeps the browser's tab named, and remembers what was opened by its name. */
function PageTitle({ pathname }: { pathname: string }) {
  const own = useOwnTitle();
  const section = sectionOf(pathname)?.title ?? "No such page";
  const title = own ?? section;
  useEffect(() => {
    document.title = `${title} · Sightglass`;
  }, [title]);
  // While the next page loads, the address is its own already and the title still that of the page shown.
  const shown = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  useEffect(() => {
    if (own !== undefined && shown === pathname) rememberPage({ path: pathname, title: own });
  }, [own, shown, pathname]);
  return null;
}
