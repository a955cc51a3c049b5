import { defineConfig } from "vitest/config";

// The embedded ClickHouse crashes in worker threads, so each test file has a process of its own.
export default defineConfig({
  test: {
    pool: "forks",
    // For what hangs: a busy machine takes several times as long as a quiet one.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["src/**/*.test.ts"],
          exclude: ["src/ui/**", "src/**/*.fuzz.test.ts"],
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
