/** The three signals of OpenTelemetry; everything that Sightglass keeps is one of them. */
export const SIGNALS = ["traces", "logs", "metrics"] as const;
export type Signal = (typeof SIGNALS)[number];

/** The organization of every row until there are accounts. It comes from the credential and nowhere else. */
export const DEFAULT_ORG = "default";
