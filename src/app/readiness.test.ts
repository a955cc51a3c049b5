import { expect, test } from "vitest";
import { Readiness } from "./readiness.ts";

function ready(bytes = 0): Readiness {
  const readiness = new Readiness();
  readiness.started = true;
  readiness.schemaCurrent = true;
  readiness.backlogs = () => [
    { pipeline: "default", bytes: 0, bytesMax: 100 },
    { pipeline: "audit", bytes, bytesMax: 100 },
  ];
  return readiness;
}

function failing(readiness: Readiness): string[] {
  return readiness.checks().flatMap(({ name, ready: fine }) => (fine ? [] : [name]));
}

test("is ready when everything is open and nothing fails", () => {
  expect(failing(ready())).toEqual([]);
});

test("is not ready before it has started", () => {
  expect(failing(new Readiness())).toEqual(["serving", "schema", "backlog"]);
});

test("is not ready once it stops", () => {
  const readiness = ready();
  readiness.draining = true;
  expect(readiness.checks()[0]).toEqual({ name: "serving", ready: false, message: "stopping" });
});

test("is not ready while the journal cannot be written, or its backlog is at the bound", () => {
  const readiness = ready();
  readiness.failingJournals.add("audit");
  expect(failing(readiness)).toEqual(["journal"]);
  expect(failing(ready(100))).toEqual(["backlog"]);
  expect(ready(100).checks().at(-1)).toMatchObject({
    message: expect.stringContaining("100 bytes of pipeline audit") as string,
  });
  expect(failing(ready(99))).toEqual([]);
});

test("tells of the probe, which never fails it", () => {
  const readiness = ready();
  readiness.probe = () => ({ lagMs: 512.4, lost: 3, waiting: 1 });
  expect(readiness.checks().at(-1)).toEqual({
    name: "probe",
    ready: true,
    message: "512 ms from acknowledged to queryable; 3 lost; 1 waiting",
  });
});
