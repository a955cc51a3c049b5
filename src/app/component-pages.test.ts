import { describe, expect, it } from "vitest";
import { schemaOf, settingsOf } from "#pipeline/conformance/settings-schema.ts";
import { componentPages } from "./component-pages.ts";
import { allComponents } from "./components.ts";

const pages = await componentPages();
const components = await allComponents();
const kinds = ["receivers", "processors", "destinations"] as const;

describe.each(kinds)("the pages of %s", (kind) => {
  const described = components[kind].map(({ type, settings }) => ({ type, settings }));
  it.each(described)("tell every setting of $type, however deep", ({ type, settings }) => {
    const page = pages.get(`${kind}/${type}.md`)!;
    const untold = settingsOf(schemaOf(settings))
      .map(({ path }) => path)
      .filter((path) => !new RegExp(`\`([^\`]*[.])?${path.split(".").at(-1)!}\``).test(page));
    expect(untold).toEqual([]);
  });
});

describe("the pages", () => {
  it("are linked from the overview, that of groups too", () => {
    const overview = pages.get("README.md")!;
    const linked = [...overview.matchAll(/\]\((?<page>\w+\/\w+\.md)\)/g)].map(
      ({ groups }) => groups!["page"]!,
    );
    expect([...linked, "README.md"].toSorted()).toEqual([...pages.keys()].toSorted());
    expect(pages.get("destinations/group.md")).toContain("| `order` |");
  });

  it("have the statistics and metrics that a component names", () => {
    expect(pages.get("processors/sample.md")).toMatch(/## Statistics\n\n.*`total_sampled`/);
    expect(pages.get("receivers/syslog.md")).toContain(
      "| `sightglass_syslog_messages_dropped_total` | counter |",
    );
  });
});
