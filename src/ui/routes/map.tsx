import { getRouteApi } from "@tanstack/react-router";
import { ServiceMap } from "../features/service-map/service-map.tsx";
import { useViewRange } from "../lib/view-range.ts";

const route = getRouteApi("/map");

/** `/map`: the services and the calls between them. */
export function MapPage() {
  const { focus, depth, view, selected, sort } = route.useSearch();
  const navigate = route.useNavigate();
  const range = useViewRange();
  return (
    <ServiceMap
      range={range}
      state={{ focus, depth, view, selected, sort }}
      onState={(part) => {
        void navigate({
          search: (before) => ({ ...before, ...part }),
          replace: true,
          resetScroll: false,
        });
      }}
    />
  );
}
