import { expect, test } from "vitest";
import { modelMessages } from "./gen-ai.ts";

const event = (name: string, attributes: Record<string, string>) => ({
  time: "2026-11-21T09:00:00.000000000Z",
  name,
  attributes,
});

test("reads messages of values, and of values written as JSON", () => {
  const input = [{ role: "user", parts: [{ type: "text", content: "Where is my order?" }] }];
  const output = [
    {
      role: "assistant",
      parts: [{ type: "tool_call", id: "1", name: "find_order", arguments: { id: 7 } }],
      finish_reason: "tool_calls",
    },
  ];
  const expected = [
    { role: "system", parts: ["You are a shop's assistant."] },
    { role: "user", parts: ["Where is my order?"] },
    { role: "assistant", parts: [expect.stringContaining('"name": "find_order"')] },
  ];
  const system = [{ type: "text", content: "You are a shop's assistant." }];
  expect(
    modelMessages(
      {
        "gen_ai.system_instructions": system,
        "gen_ai.input.messages": input,
        "gen_ai.output.messages": output,
      },
      [],
    ),
  ).toEqual(expected);
  expect(
    modelMessages(
      {
        "gen_ai.system_instructions": JSON.stringify(system),
        "gen_ai.input.messages": JSON.stringify(input),
        "gen_ai.output.messages": JSON.stringify(output),
      },
      [],
    ),
  ).toEqual(expected);
});

test("reads numbered prompts and completions", () => {
  const attributes = {
    "gen_ai.prompt.0.role": "system",
    "gen_ai.prompt.0.content": "Be short.",
    "gen_ai.prompt.1.role": "user",
    "gen_ai.prompt.1.content": "Hello",
    "gen_ai.completion.0.content": "Hi!",
  };
  expect(modelMessages(attributes, [])).toEqual([
    { role: "system", parts: ["Be short."] },
    { role: "user", parts: ["Hello"] },
    { role: "assistant", parts: ["Hi!"] },
  ]);
});

test("reads an event for each message", () => {
  const events = [
    event("gen_ai.user.message", { content: "Hello" }),
    event("exception", { content: "no message" }),
    event("gen_ai.choice", { message: '{"role": "assistant", "content": "Hi!"}' }),
  ];
  expect(modelMessages({}, events)).toEqual([
    { role: "user", parts: ["Hello"] },
    { role: "assistant", parts: ["Hi!"] },
  ]);
});

test("takes what is no JSON for the text that it is, and nothing for no message", () => {
  expect(modelMessages({ "gen_ai.input.messages": "[broken" }, [])).toEqual([
    { role: "user", parts: ["[broken"] },
  ]);
  expect(
    modelMessages({ "gen_ai.input.messages": "", "gen_ai.usage.input_tokens": 3 }, []),
  ).toEqual([]);
});
