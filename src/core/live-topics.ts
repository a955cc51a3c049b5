/** What questions are about; the pages ask again those whose topic has changed. */
export const TOPICS = ["traces", "services", "logs", "metrics", "pipelines"] as const;
export type Topic = (typeof TOPICS)[number];
