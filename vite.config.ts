import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = "http://127.0.0.1:4319";

export default defineConfig({
  root: "src/ui",
  plugins: [react(), tailwindcss()],
  build: {
    outDir: "../../dist/ui",
    emptyOutDir: true,
    // The first versions with light-dark(), on which both themes of styles.css stand.
    target: ["chrome123", "edge123", "firefox128", "safari17.5"],
    // The content policy allows no data: scripts, fonts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // `npm run dev`: pages come from Vite, everything else from the server.
    proxy: {
      "/api": { target: server, ws: true },
      "/graphql": server,
      "/observability": server,
      "/prometheus": server,
      "/health": server,
      // The page of the metrics has the same address: a browser that goes there gets that.
      "/metrics": {
        target: server,
        bypass: ({ headers }) =>
          headers.accept?.includes("text/html") === true ? "/index.html" : undefined,
      },
      "/readyz": server,
    },
  },
});
