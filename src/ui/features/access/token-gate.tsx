import { useQueryClient } from "@tanstack/react-query";
import { useId, useState, type ReactNode, type SubmitEvent } from "react";
import { LogoIcon } from "../../components/icons.tsx";
import { useAbout } from "../../lib/queries.ts";
import { holdToken, token } from "../../lib/token.ts";

/** Shows the page, or asks for the token where Sightglass wants one. */
export function TokenGate({ children }: { children: ReactNode }) {
  const about = useAbout();
  if (about.error?.error.kind !== "unauthorized") return children;
  return <TokenForm />;
}

function TokenForm() {
  const queries = useQueryClient();
  const field = useId();
  const [text, setText] = useState("");
  const wasGiven = token() !== undefined;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (text.trim() === "") return;
    holdToken(text.trim());
    void queries.resetQueries();
  };
  return (
    <form onSubmit={submit} className="mx-auto mt-[12vh] flex w-full max-w-sm flex-col gap-3 px-4">
      <LogoIcon className="size-8" />
      <h1 className="text-lg font-semibold">This Sightglass asks for its token</h1>
      <p className="text-muted">
        It is the value of <code className="font-mono text-xs">SIGHTGLASS_TOKEN</code> where it was
        started. This tab keeps it until it is closed.
      </p>
      <label htmlFor={field} className="text-xs font-medium">
        Token
      </label>
      <input
        id={field}
        type="password"
        autoComplete="current-password"
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="h-9 rounded-md border border-line-strong bg-surface px-2.5 font-mono"
      />
      {wasGiven ? (
        <p role="alert" className="text-bad">
          That token was not accepted.
        </p>
      ) : null}
      <button type="submit" className="h-9 rounded-md bg-accent px-3 font-medium text-accent-text">
        Open
      </button>
    </form>
  );
}
