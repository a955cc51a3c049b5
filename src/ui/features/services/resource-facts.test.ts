import type { ServiceResource } from "#api/contract/services.ts";
import { expect, test } from "vitest";
import { factsOf } from "./resource-facts.ts";

const resource = (attributes: ServiceResource["attributes"]): ServiceResource => ({
  resourceId: "12345678901234567890",
  attributes,
  firstDay: "2026-11-21",
  lastDay: "2026-11-21",
  spans: 0,
  firstSpan: null,
  lastSpan: null,
});

test("names an instance by what tells it apart best, and says where and what it is", () => {
  const attributes = {
    "service.instance.id": "f3c1",
    "k8s.pod.name": "cart-7c9-x2x",
    "service.version": "1.4.2",
    "deployment.environment.name": "production",
    "cloud.region": "eu-central-1",
    "cloud.availability_zone": "eu-central-1a",
    "telemetry.sdk.language": "go",
  };
  expect(factsOf(resource(attributes))).toEqual({
    name: "cart-7c9-x2x",
    version: "1.4.2",
    environment: "production",
    place: "eu-central-1a",
    language: "go",
  });
});

test("takes what there is, and the id where there is nothing", () => {
  expect(factsOf(resource({ "process.pid": 4711, "k8s.pod.name": "" })).name).toBe("4711");
  expect(factsOf(resource({})).name).toBe("resource 12345678");
});
