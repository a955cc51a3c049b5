import { Link } from "@tanstack/react-router";
import { LogsIcon, MapIcon, TracesIcon } from "../../components/nav-icons.tsx";
import { withTerm } from "../../lib/search-terms.ts";
import { visible } from "../../lib/visible-text.ts";

const LOOK =
  "relative inline-flex size-7 items-center justify-center rounded-md text-faint transition-colors hover:bg-sunken hover:text-text";

/** From a service to its traces, its logs and its place on the map; above the link that fills its row. */
export function ServiceLinks({ service }: { service: string }) {
  if (service === "") return null;
  const name = visible(service).slice(0, 60);
  const q = withTerm("", "service", service);
  const label = (what: string) => ({ "aria-label": `${what} of ${name}`, title: what });
  return (
    <span className="flex justify-end gap-0.5">
      <Link to="/traces" search={{ q }} {...label("Traces")} className={LOOK}>
        <TracesIcon />
      </Link>
      <Link to="/logs" search={{ q }} {...label("Logs")} className={LOOK}>
        <LogsIcon />
      </Link>
      <Link to="/map" search={{ focus: service }} {...label("Map")} className={LOOK}>
        <MapIcon />
      </Link>
    </span>
  );
}
