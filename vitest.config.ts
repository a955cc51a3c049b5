import { defineConfig } from "vitest/config";

/** What starts nothing and changes nothing that is shared: its files follow one another in one process. */
const PURE = ["core", "config", "telemetry", "processors"].map(
  (layer) => `src/${layer}/**/*.test.ts`,
);

// The embedded ClickHouse crashes in worker threads, so files of the other layers have a process each.
export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: "100%",
    // By default it is a second, which passes on a busy machine without anything being wrong.
    expect: { poll: { timeout: 15_000 } },
    // For what hangs: a busy machine takes several times as long as a quiet one.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["src/**/*.test.ts"],
          exclude: [...PURE, "src/ui/**", "src/**/*.fuzz.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "pure",
          isolate: false,
          include: PURE,
          exclude: ["src/**/*.fuzz.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "fuzz",
          include: ["src/**/*.fuzz.test.ts"],
          setupFiles: ["test/fuzz-setup.ts"],
          testTimeout: 3_600_000,
        },
      },
      {
        extends: true,
        test: {
          name: "ui",
          isolate: false,
          include: ["src/ui/**/*.test.{ts,tsx}"],
          exclude: ["src/**/*.fuzz.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "acceptance",
          include: ["test/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
