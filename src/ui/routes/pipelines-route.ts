import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { COMPONENT_TABS, type ComponentTab } from "../features/pipelines/component-tabs.ts";
import { nonEmpty, oneOf } from "../lib/search-text.ts";
import { rootRoute } from "./root-route.ts";

export const PIPELINE_TABS = ["topology", "configuration", "dead-letters"] as const;
export const COMPONENT_KINDS = ["receiver", "processor", "destination"] as const;

/** View state of the pipelines: the tab, graph or list, and what is selected in each. */
export interface PipelinesSearch {
  readonly tab?: (typeof PIPELINE_TABS)[number] | undefined;
  readonly view?: "list" | undefined;
  readonly pipeline?: string | undefined;
  readonly kind?: (typeof COMPONENT_KINDS)[number] | undefined;
  readonly component?: string | undefined;
  /** What is told of the component; its figures where it says nothing. */
  readonly about?: ComponentTab | undefined;
  readonly destination?: string | undefined;
  readonly letter?: string | undefined;
  readonly after?: string | undefined;
  readonly text?: string | undefined;
}

export const pipelinesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/pipelines",
  validateSearch: (search): PipelinesSearch => ({
    tab: oneOf(search["tab"], PIPELINE_TABS),
    view: oneOf(search["view"], ["list"]),
    pipeline: nonEmpty(search["pipeline"]),
    kind: oneOf(search["kind"], COMPONENT_KINDS),
    component: nonEmpty(search["component"]),
    about: oneOf(search["about"], COMPONENT_TABS),
    destination: nonEmpty(search["destination"]),
    letter: nonEmpty(search["letter"]),
    after: nonEmpty(search["after"]),
    text: nonEmpty(search["text"]),
  }),
  component: lazyRouteComponent(() => import("./pipelines.tsx"), "PipelinesPage"),
});
