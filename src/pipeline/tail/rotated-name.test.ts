import { expect, it } from "vitest";
import { isRotatedName } from "./rotated-name.ts";

it.each([
  "logs/app.log.1",
  "logs/app.log-20261121",
  "logs/app.log.old",
  "logs/app.log.2026-11-21T10",
  "logs/app.1.log",
  "logs/app-2026-11-21.log",
  "logs/app20261121.log",
])("takes %s for logs/app.log after its rotation", (path) => {
  expect(isRotatedName("logs/app.log", path)).toBe(true);
});

it.each([
  "logs/app.log",
  "logs/app.logs",
  "logs/apple.log",
  "logs/app-worker.log",
  "logs/web.log.1",
  "old/app.log.1",
  "app.log.1",
])("takes %s for another file than logs/app.log", (path) => {
  expect(isRotatedName("logs/app.log", path)).toBe(false);
});
