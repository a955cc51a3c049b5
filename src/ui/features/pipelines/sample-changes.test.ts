import { expect, it } from "vitest";
import { fieldChanges } from "./sample-changes.ts";

it("tells field by field what a component made of a row", () => {
  const before = {
    body: "card 4111",
    attributes: { "user.email": "a@b.c", team: "shop" },
    list: [1, 2],
  };
  const after = { body: "card ****", attributes: { team: "shop", host: "a" }, list: [1, 2] };
  expect(fieldChanges(before, after)).toEqual([
    { field: "body", before: "card 4111", after: "card ****", kind: "changed" },
    { field: "attributes.user.email", before: "a@b.c", after: undefined, kind: "removed" },
    { field: "attributes.team", before: "shop", after: "shop", kind: "same" },
    { field: "list", before: "[1,2]", after: "[1,2]", kind: "same" },
    { field: "attributes.host", before: undefined, after: "a", kind: "added" },
  ]);
});

it("shows one side where there is no other, and nothing where there is none", () => {
  expect(
    fieldChanges(null, { a: null, b: {}, c: [] }).map(({ kind, after }) => [kind, after]),
  ).toEqual([
    ["added", "null"],
    ["added", "[]"],
  ]);
  expect(fieldChanges(null, null)).toEqual([]);
});
