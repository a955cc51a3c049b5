import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MASK, maskSecrets, unmask } from "./mask.ts";

const SCHEMA = {
  properties: {
    url: { type: "string" },
    hidden: { type: "string", secret: true },
    auth: { anyOf: [{ properties: { user: { type: "string" }, word: { secret: true } } }] },
    list: { items: { secret: true } },
    headers: { additionalProperties: { secret: true } },
  },
};

describe("settings that are shown", () => {
  it("have no secret, by their schema or their name", () => {
    const written = {
      url: "https://host/path",
      hidden: "s3cret",
      auth: { user: "jane", word: "s3cret" },
      list: ["s3cret"],
      headers: { "X-Any": "s3cret" },
      apiKey: "s3cret",
      pin: { password: 1234 },
    };
    expect(maskSecrets(written, SCHEMA)).toEqual({
      url: "https://host/path",
      hidden: MASK,
      auth: { user: "jane", word: MASK },
      list: [MASK],
      headers: { "X-Any": MASK },
      apiKey: MASK,
      pin: { password: MASK },
    });
  });

  it("show references as they are written", () => {
    const token = ["${env:TOKEN}", "Bearer ${file:key}", "${env:A}${env:B}"];
    expect(maskSecrets({ token })).toEqual({
      token: ["${env:TOKEN}", `${MASK}\${file:key}`, "${env:A}${env:B}"],
    });
  });

  it("show nothing of a secret that only looks like a reference", () => {
    expect(maskSecrets({ token: ["$${env:A}", "${A}", "a$${b}${env:C}"] })).toEqual({
      token: [MASK, MASK, `${MASK}\${env:C}`],
    });
  });

  it("have no credentials in addresses", () => {
    expect(maskSecrets({ url: "postgres://jane:s3cret@db:5432/x" })).toEqual({
      url: `postgres://${MASK}@db:5432/x`,
    });
  });

  it("are what they were when they come back", () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom("https://a:b@c/", "x${env:A}y", "$${env:A}"),
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.integer(),
        fc.boolean(),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("token", "url", "name", "list"), tie("any")),
      ),
    })).any;
    fc.assert(
      fc.property(value, (written) => {
        expect(
          unmask(maskSecrets({ token: written, url: written }), { token: written, url: written }),
        ).toEqual({
          token: written,
          url: written,
        });
      }),
    );
  });

  it("that are new are taken as they are", () => {
    expect(unmask({ token: "new", name: MASK }, { token: "old" })).toEqual({
      token: "new",
      name: MASK,
    });
  });
});
