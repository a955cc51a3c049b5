import { layOut } from "./layout.ts";
import type { LayoutRequest } from "./map-graph.ts";

// Beside the page, since a large map takes long: it would not scroll meanwhile.

self.addEventListener(
  "message",
  ({ data }: MessageEvent<{ id: number; request: LayoutRequest }>) => {
    self.postMessage({ id: data.id, layout: layOut(data.request) });
  },
);
