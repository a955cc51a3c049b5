import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { Button } from "../components/button.tsx";

export function NotFound() {
  return (
    <div className="mx-auto max-w-prose px-4 py-20">
      <h1 className="text-lg font-semibold">There is no such page</h1>
      <p className="mt-1 text-muted">The address may have been cut when it was copied.</p>
      <p className="mt-4">
        <Link to="/" className="text-accent underline underline-offset-2">
          Go to the overview
        </Link>
      </p>
    </div>
  );
}

/** A fault of the page itself, which no answer of the server should cause. */
export function PageFailed({ error, reset }: ErrorComponentProps) {
  return (
    <div role="alert" className="mx-auto max-w-prose px-4 py-20">
      <h1 className="text-lg font-semibold">This page has failed</h1>
      <p className="mt-1 text-muted">
        The data is not touched. If Sightglass was just updated, reload the page; if it fails again,
        please report the line below.
      </p>
      <pre className="mt-4 overflow-x-auto rounded-md border border-line bg-sunken p-3 font-mono text-xs whitespace-pre-wrap">
        {error instanceof Error ? error.message : String(error)}
      </pre>
      <div className="mt-4">
        <Button onClick={reset}>Try again</Button>
      </div>
    </div>
  );
}
