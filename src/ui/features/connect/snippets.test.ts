import type { AboutAnswer } from "#api/contract/status.ts";
import { expect, test } from "vitest";
import { doorsOf, snippetsFor } from "./snippets.ts";

const about = (endpoints: Partial<AboutAnswer["endpoints"]>): Pick<AboutAnswer, "endpoints"> => ({
  endpoints: { ui: null, otlpHttp: null, otlpGrpc: null, ...endpoints },
});

test("has the real address in every snippet", () => {
  const doors = doorsOf(about({ otlpHttp: "http://192.0.2.7:14318/" }), false, "127.0.0.1");
  const snippets = snippetsFor(doors);
  expect(snippets.map(({ title }) => title)).toEqual([
    "curl",
    "Node",
    "Python",
    "Go",
    "Java",
    "Collector",
  ]);
  for (const { code } of snippets) {
    expect(code).toMatch(/http:\/\/192\.0\.2\.7:14318(?!\/\/)/);
    expect(code).not.toContain("SIGHTGLASS_TOKEN");
  }
});

test.each(["logs", "metrics"] as const)("sends %s from a page that waits for them", (signal) => {
  const doors = doorsOf(about({ otlpHttp: "127.0.0.1:4318" }), false, "127.0.0.1");
  const [curl, ...others] = snippetsFor(doors, signal);
  expect(curl?.code).toContain(`http://127.0.0.1:4318/v1/${signal}`);
  expect(others.map(({ title }) => title)).toEqual(["Node", "Python", "Java", "Collector"]);
  const body = curl!.code.slice(curl!.code.indexOf("'{") + 1, -1).replaceAll(/'"[^']+"'/g, "1");
  expect(Object.keys(JSON.parse(body) as object)).toEqual([
    signal === "logs" ? "resourceLogs" : "resourceMetrics",
  ]);
});

test("asks every sender for the token where one is needed, and never writes it down", () => {
  const doors = doorsOf(about({ otlpHttp: "127.0.0.1:4318" }), true, "127.0.0.1");
  for (const { code } of snippetsFor(doors)) {
    expect(code).toContain("SIGHTGLASS_TOKEN");
    expect(code).toContain("http://127.0.0.1:4318");
  }
});

test("names the host of the page where the server listens on every address", () => {
  const everywhere = about({ otlpHttp: "http://0.0.0.0:4318", otlpGrpc: "http://[::]:4317" });
  expect(doorsOf(everywhere, true, "box.example")).toEqual({
    otlpHttp: "http://box.example:4318",
    otlpGrpc: "http://box.example:4317",
    ui: undefined,
    withToken: true,
  });
});

test("offers none when OTLP/HTTP is not served", () => {
  expect(snippetsFor(doorsOf(about({ otlpGrpc: "127.0.0.1:4317" }), false, "127.0.0.1"))).toEqual(
    [],
  );
});
