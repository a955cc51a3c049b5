import { Link } from "@tanstack/react-router";
import { ServiceName } from "./service-name.tsx";

/**
 * A service that leads to its page. `isWide` has the link fill the row around it, which is then `relative`;
 * one without a name has no page.
 */
export function ServiceLink({ service, isWide = false }: { service: string; isWide?: boolean }) {
  if (service === "") return <ServiceName service={service} />;
  return (
    <Link
      to="/services/$service"
      // Half of a surrogate pair, which no store keeps, cannot stand in an address.
      params={{ service: service.toWellFormed() }}
      className={`flex min-w-0 ${isWide ? "outline-offset-[-2px] after:absolute after:inset-0" : "hover:underline"}`}
    >
      <ServiceName service={service} />
    </Link>
  );
}
