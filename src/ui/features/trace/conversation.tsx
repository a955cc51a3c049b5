import type { Span } from "#api/contract/traces.ts";
import { Value } from "../../components/text.tsx";
import { fullCount } from "../../lib/format.ts";
import { modelMessages } from "./gen-ai.ts";

/** What a program and its model said to each other, as text, and what it cost; nothing for other spans. */
export function Conversation({ span }: { span: Span }) {
  const { attributes, events } = span;
  if (!Object.keys(attributes).some((key) => key.startsWith("gen_ai."))) return null;
  const messages = modelMessages(attributes, events);
  const model = attributes["gen_ai.response.model"] ?? attributes["gen_ai.request.model"];
  return (
    <section aria-label="Messages of the model" className="mt-5">
      <h3 className="mb-1.5 text-xs font-semibold">Model</h3>
      <p className="flex flex-wrap gap-x-4 gap-y-0.5 text-xs text-muted">
        {typeof model === "string" ? (
          <span className="min-w-0">
            <Value value={model} />
          </span>
        ) : null}
        <Tokens value={attributes["gen_ai.usage.input_tokens"]} word="in" />
        <Tokens value={attributes["gen_ai.usage.output_tokens"]} word="out" />
      </p>
      {messages.length === 0 ? (
        <p className="mt-1 text-xs text-faint">
          The sender keeps its messages to itself. OpenTelemetry's instrumentations send them when
          they are told to capture message content.
        </p>
      ) : (
        <ol className="mt-2 flex flex-col gap-2">
          {messages.map(({ role, parts }, place) => (
            <li
              key={place}
              className={`rounded-md border border-line px-3 py-2 ${role === "assistant" ? "ml-6 bg-selected" : role === "user" ? "mr-6 bg-sunken" : ""}`}
            >
              <p className="mb-0.5 text-2xs font-medium text-faint">
                <Value value={role} />
              </p>
              {parts.map((part, index) => (
                <div key={index} className="not-first:mt-1.5">
                  <Value value={part} />
                </div>
              ))}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Tokens({ value, word }: { value: unknown; word: string }) {
  const count = Number(value);
  if (value === undefined || !Number.isFinite(count)) return null;
  return (
    <span>
      {fullCount(count)} tokens {word}
    </span>
  );
}
