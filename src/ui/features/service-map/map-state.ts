export const DEPTHS = ["1", "2", "3", "4", "5"] as const;
type Depth = (typeof DEPTHS)[number];

/** The part of the address that says what of the map is shown, and how. */
export interface MapState {
  /** The service in the middle, and how many calls away others may be. */
  readonly focus: string | undefined;
  readonly depth: Depth | undefined;
  readonly view: "graph" | "list" | undefined;
  readonly selected: string | undefined;
  /** The order of the list. */
  readonly sort: string | undefined;
}

/** Far enough to see what a service leans on, and on whom it would fall. */
export const DEPTH_DEFAULT = "2";
