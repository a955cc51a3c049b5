import { ErrorIcon } from "../../components/icons.tsx";
import { useAbout } from "../../lib/queries.ts";
import { clockTime } from "../../lib/time.ts";
import { useZone } from "../../lib/use-zone.ts";

/** Says that the numbers on the page are old, when the newest questions got no answer. */
export function OutageBanner() {
  const { data, error, dataUpdatedAt } = useAbout();
  const zone = useZone();
  if (data === undefined || error === null) return null;
  return (
    <div role="alert" className="flex items-center gap-2 bg-bad-soft px-3 py-2 text-xs sm:px-5">
      <ErrorIcon className="size-4 text-bad" />
      <p>
        <strong className="font-semibold">{error.error.title}.</strong> What is shown is as of{" "}
        {clockTime(new Date(dataUpdatedAt).toISOString(), zone)}; the page keeps asking and goes on
        by itself.
      </p>
    </div>
  );
}
