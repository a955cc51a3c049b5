import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { followChanges } from "./lib/live-queries.ts";
import { liveStream } from "./lib/live-stream.ts";
import { router } from "./routes/router.ts";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Sightglass is mostly on this machine: it answers whatever the browser thinks of the network.
      networkMode: "always",
      // A poll is its own retry, and an error is better shown at once.
      retry: false,
      staleTime: 1_000,
    },
  },
});

followChanges(queries, liveStream);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
