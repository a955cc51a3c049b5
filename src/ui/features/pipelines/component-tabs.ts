/** What is told of a component; in the address under these names. */
export const COMPONENT_TABS = ["figures", "rows", "settings"] as const;
export type ComponentTab = (typeof COMPONENT_TABS)[number];
