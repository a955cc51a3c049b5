import { QueryClient } from "@tanstack/react-query";

/** What the pages have asked, and the answers. */
export const queries = new QueryClient({
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
