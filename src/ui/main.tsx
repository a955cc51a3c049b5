import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { followChanges } from "./lib/live-queries.ts";
import { liveStream } from "./lib/live-stream.ts";
import { queries } from "./lib/query-client.ts";
import { router } from "./routes/router.ts";

followChanges(queries, liveStream);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
