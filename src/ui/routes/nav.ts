import type { ComponentType } from "react";
import type { IconProps } from "../components/icons.tsx";
import {
  AboutIcon,
  LogsIcon,
  MapIcon,
  MetricsIcon,
  OverviewIcon,
  PipelinesIcon,
  ServicesIcon,
  SettingsIcon,
  TracesIcon,
} from "../components/nav-icons.tsx";

/** A page of the navigation. It is shown once the router has a page at its path. */
export interface NavEntry {
  readonly path: string;
  readonly title: string;
  /** What telemetry says, and what Sightglass itself does. */
  readonly group: "Telemetry" | "Sightglass";
  /** The second key after `g`. */
  readonly key: string;
  readonly Icon: ComponentType<IconProps>;
  /** Which of its pages look at the chosen time range: this one alone, those below it too, or none. */
  readonly ranged: "page" | "section" | "none";
}

/** Every page that has a place in the navigation, in its order; the first four stand at hand on a phone. */
export const NAV: readonly NavEntry[] = [
  {
    path: "/",
    title: "Overview",
    group: "Telemetry",
    key: "o",
    Icon: OverviewIcon,
    ranged: "page",
  },
  {
    path: "/services",
    title: "Services",
    group: "Telemetry",
    key: "s",
    Icon: ServicesIcon,
    ranged: "section",
  },
  {
    path: "/traces",
    title: "Traces",
    group: "Telemetry",
    key: "t",
    Icon: TracesIcon,
    ranged: "page",
  },
  {
    path: "/logs",
    title: "Logs",
    group: "Telemetry",
    key: "l",
    Icon: LogsIcon,
    ranged: "section",
  },
  {
    path: "/metrics",
    title: "Metrics",
    group: "Telemetry",
    key: "m",
    Icon: MetricsIcon,
    ranged: "section",
  },
  {
    path: "/map",
    title: "Service map",
    group: "Telemetry",
    key: "d",
    Icon: MapIcon,
    ranged: "page",
  },
  {
    path: "/pipelines",
    title: "Pipelines",
    group: "Sightglass",
    key: "p",
    Icon: PipelinesIcon,
    ranged: "none",
  },
  {
    path: "/settings",
    title: "Settings",
    group: "Sightglass",
    key: "e",
    Icon: SettingsIcon,
    ranged: "none",
  },
  {
    path: "/about",
    title: "About",
    group: "Sightglass",
    key: "i",
    Icon: AboutIcon,
    ranged: "none",
  },
];

/** The entry whose page `pathname` is, or lies below; undefined outside of all. */
export function sectionOf(pathname: string): NavEntry | undefined {
  return NAV.find(
    ({ path }) => pathname === path || (path !== "/" && pathname.startsWith(`${path}/`)),
  );
}

/** Whether the page at `pathname` looks at the chosen time range. */
export function isRanged(pathname: string): boolean {
  const section = sectionOf(pathname);
  if (section === undefined || section.ranged === "none") return false;
  return section.ranged === "section" || section.path === pathname;
}
