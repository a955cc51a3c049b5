import type { RetentionAnswer, SettingsAnswer } from "#api/contract/settings.ts";
import type { Answers } from "./answers.ts";

const retention: RetentionAnswer = {
  data: [
    { kept: "traces", days: 30, rows: 48_219_441, bytes: 1_402_881_022, perDay: 204_000_000 },
    { kept: "logs", days: 30, rows: 9_120_733, bytes: 402_100_311, perDay: 58_000_000 },
    { kept: "metrics", days: null, rows: 2_200_104, bytes: 61_004_210, perDay: 9_100_000 },
    { kept: "aggregates", days: 90, rows: 402_113, bytes: 31_200_400, perDay: 4_000_000 },
  ].map(({ kept, days, rows, bytes, perDay }) => ({
    kept: kept as RetentionAnswer["data"][0]["kept"],
    setting: `retention.${kept}`,
    days,
    rows,
    bytes,
    daysSeen: kept === "logs" ? 0.4 : 6.9,
    rowsPerDay: Math.round(rows / 7),
    bytesPerDay: perDay,
    predictedBytes: days === null ? null : perDay * days,
  })),
  otherBytes: 118_868,
  disk: { freeBytes: 5_200_000_000, totalBytes: 40_000_000_000 },
};

const settings: SettingsAnswer = {
  file: "/etc/sightglass/sightglass.yaml",
  data: [
    {
      path: "dataDir",
      value: "/var/lib/sightglass",
      origin: "SIGHTGLASS_DATA_DIR",
      description: "Folder of the embedded store, the journal and the state.",
      env: "SIGHTGLASS_DATA_DIR",
    },
    {
      path: "token",
      value: "(set, not shown)",
      origin: "/etc/sightglass/sightglass.yaml:3",
      description: "Bearer token that every door but the health routes asks for.",
      env: "SIGHTGLASS_TOKEN",
    },
    {
      path: "retention.traces",
      value: "30",
      origin: "default",
      description: "Days that spans are kept.",
      env: null,
    },
  ],
};

export const filledSettings = () =>
  ({ getRetention: retention, listSettings: settings }) satisfies Answers;

export const emptySettings = (): Answers => ({
  getRetention: {
    data: retention.data.map((one) => ({
      ...one,
      rows: 0,
      bytes: 0,
      daysSeen: 0,
      rowsPerDay: null,
      bytesPerDay: null,
      predictedBytes: null,
    })),
    otherBytes: 0,
    disk: retention.disk,
  },
  listSettings: { file: null, data: [] },
});
