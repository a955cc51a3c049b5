import { serviceColor } from "../lib/service-color.ts";
import { Name } from "./text.tsx";

/** A service with its colour. The colour repeats what the name says and never stands alone. */
export function ServiceName({ service, className = "" }: { service: string; className?: string }) {
  return (
    <span className={`flex min-w-0 items-center gap-1.5 ${className}`}>
      <ServiceSwatch service={service} />
      <Name value={service} />
    </span>
  );
}

export function ServiceSwatch({ service }: { service: string }) {
  return (
    <span
      aria-hidden="true"
      className="size-2 shrink-0 rounded-xs forced-color-adjust-none"
      style={{ backgroundColor: serviceColor(service) }}
    />
  );
}
