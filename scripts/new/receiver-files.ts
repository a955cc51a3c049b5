import type { Component } from "./component.ts";

/** A receiver of lines of text over HTTP, by the names of its files. */
export function receiverFiles({ type, file, value, name }: Component): Record<string, string> {
  return {
    [`${file}.ts`]: `import { z } from "zod";
import { SightglassError } from "#core/errors.ts";
import { defineComponent, type ReceiverContext } from "#pipeline/component.ts";
import { Access } from "#pipeline/intake/access.ts";
import { jsonAnswer, problemRefusal } from "#pipeline/intake/answers.ts";
import { endpointSetting, guarded, tokenSetting } from "#pipeline/intake/endpoint-settings.ts";
import { HttpReceiver } from "#pipeline/intake/http-receiver.ts";
import type { HttpRoute, HttpService } from "#pipeline/intake/http-route.ts";
import { LogIntake } from "#pipeline/intake/log-intake.ts";
import { mediaTypeOf } from "#pipeline/intake/media-type.ts";
import { OriginPolicy } from "#pipeline/intake/origin-policy.ts";

const PATH = "/${type}";
const TEXT_TYPE = "text/plain";

const settings = z
  .strictObject({
    endpoint: endpointSetting("127.0.0.1:4320", "Where lines are posted."),
    token: tokenSetting,
  })
  .superRefine(guarded);

export type ${name}Settings = z.infer<typeof settings>;

/** Takes lines of text, each a log record. The answer comes after they are durable. */
export const ${value} = defineComponent({
  kind: "receiver",
  type: "${type}",
  summary: "Takes lines of text, posted over HTTP.",
  signals: { logs: "experimental" },
  settings,
  create: (given: ${name}Settings, context: ReceiverContext) =>
    new HttpReceiver({
      context,
      endpoint: given.endpoint,
      service: () => serviceOf(given, context),
    }),
});

function serviceOf(given: ${name}Settings, context: ReceiverContext): HttpService {
  const access = new Access(given.token);
  const intake = new LogIntake(context);
  const route: HttpRoute = {
    signal: "logs",
    methods: ["POST"],
    judge(head) {
      access.judge(head);
      const found = mediaTypeOf(head.headers["content-type"]);
      if (found === TEXT_TYPE) return;
      const message = \`Content-Type: found \${found || "none"}, allowed is \${TEXT_TYPE}\`;
      throw new SightglassError("unsupported_media_type", message);
    },
    async accept(body) {
      const lines = body
        .toString()
        .split("\\n")
        .filter((line) => line !== "");
      const builder = intake.begin();
      builder.group({});
      for (const line of lines) builder.add({ body: line });
      const { rows } = builder;
      await intake.push(builder, body.length);
      return jsonAnswer(200, { accepted: rows });
    },
    refuse: problemRefusal,
  };
  return {
    name: "${type}",
    owner: \`the receiver \${context.name}\`,
    origins: new OriginPolicy({}),
    paths: PATH,
    find: (path) => (path === PATH ? route : undefined),
    refuse: problemRefusal,
  };
}
`,
    [`${file}.test.ts`]: `import { afterEach, expect, it } from "vitest";
import { startReceiver, stopReceivers } from "#pipeline/testing/receiver-under-test.ts";
import { ${value} } from "./${file}.ts";

afterEach(stopReceivers);

const TEXT = { "content-type": "text/plain" };

it("takes each line as a log record", async () => {
  const { url, pushed } = await startReceiver(${value});
  const body = "one\\n\\ntwo\\n";
  const answer = await fetch(\`\${url}/${type}\`, { method: "POST", body, headers: TEXT });
  expect(await answer.json()).toEqual({ accepted: 2 });
  expect(pushed.logs.map((row) => row.body)).toEqual(["one", "two"]);
});

it("takes no other media type, and nothing without the token", async () => {
  const { url, pushed } = await startReceiver(${value}, { token: "secret" });
  const post = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(\`\${url}/${type}\`, { method: "POST", body: "one", headers })).status;
  expect(await post({ ...TEXT })).toBe(401);
  const authorization = "Bearer secret";
  expect(await post({ authorization, "content-type": "application/json" })).toBe(415);
  expect(await post({ authorization, ...TEXT })).toBe(200);
  expect(pushed.logs).toHaveLength(1);
});
`,
    "README.md": `# ${type}

Takes lines of text, each a log record: \`POST /${type}\` with \`Content-Type: text/plain\`.

- A 2xx means that the lines are on stable storage; 429 and 503 come with \`Retry-After\`.
- Senders show the token as a bearer token. Without one only loopback addresses are served.
`,
  };
}
