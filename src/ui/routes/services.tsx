import { getRouteApi } from "@tanstack/react-router";
import { ServiceList } from "../features/services/service-list.tsx";
import { useViewRange } from "../lib/view-range.ts";

const route = getRouteApi("/services");

/** `/services`: every service with its requests, errors and latency over time. */
export function ServicesPage() {
  const { sort, filter } = route.useSearch();
  const navigate = route.useNavigate();
  const range = useViewRange();
  return (
    <div className="mx-auto w-full max-w-[152rem] px-3 py-4 sm:px-5">
      <ServiceList
        range={range}
        state={{ sort, filter }}
        onState={(state) => {
          void navigate({
            search: (before) => ({ ...before, ...state }),
            replace: true,
            resetScroll: false,
          });
        }}
      />
    </div>
  );
}
