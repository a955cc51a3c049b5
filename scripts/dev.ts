// `npm run dev`: the server, started again whenever a file of it changes, and the pages with hot
// reload. One command, one Ctrl-C.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));

const server = spawn(
  process.execPath,
  [
    "--watch",
    "--watch-preserve-output",
    "--disable-proto=delete",
    "--disable-warning=ExperimentalWarning",
    "src/app/main.ts",
    "serve",
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: "inherit" },
);

const pages = existsSync(`${root}/src/ui/index.html`)
  ? await createServer({ configFile: `${root}/vite.config.ts` })
  : undefined;
await pages?.listen();
pages?.printUrls();

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    server.kill(signal);
  });
}
server.on("exit", (code) => {
  void (async () => {
    await pages?.close();
    process.exit(stopping ? 0 : (code ?? 1));
  })();
});
