import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDocument } from "./document.ts";
import { Draft } from "./draft.ts";
import { ConfigError } from "./problems.ts";
import { settingsSchema } from "./schema.ts";
import { listSettings } from "./setting-list.ts";

const listed = listSettings(settingsSchema);
const keys = [...new Set(listed.flatMap(({ path }) => path)), "__proto__", "constructor"];

const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie("tree"), { maxKeys: 6 }),
  ),
}));

test("any tree of settings is either taken or refused with problems, and pollutes no prototype", () => {
  fc.assert(
    fc.property(tree, (value) => {
      const draft = new Draft({ value, where: () => "file" }, listed, {});
      const settings = draft.parse();
      expect(settings.dataDir).toBeTypeOf("string");
      expect(draft.problems.filter(({ allowed }) => allowed === "")).toEqual([]);
      expect(({} as Record<string, unknown>)["http"]).toBeUndefined();
    }),
  );
});

test("any text is either read as YAML or refused with a place", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
      const error: unknown = await parseDocument(text, "file").then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error === undefined || error instanceof ConfigError).toBe(true);
    }),
  );
});
