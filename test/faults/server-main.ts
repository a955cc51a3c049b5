// A whole server that kills itself at a named point of its work: FAULT_CRASH_AT=<point>:<nth time>.
import { loadConfig } from "#config/load.ts";
import { startSightglass } from "#app/sightglass.ts";

const [point, nth] = (process.env["FAULT_CRASH_AT"] ?? "").split(":");
let left = Number(nth ?? 1);

const { settings } = await loadConfig();
const server = await startSightglass({
  settings,
  version: "fault-test",
  writeLog: (line) => process.stderr.write(`${line}\n`),
  crashPoint: (reached) => {
    if (reached !== point || --left > 0) return undefined;
    process.kill(process.pid, "SIGKILL");
    // Nothing more happens, as if the processor had stopped here.
    return new Promise(() => {});
  },
});
process.on("SIGTERM", () => void server.stop().then(() => process.exit(0)));
const { http, otlpHttp, otlpGrpc } = server.addresses;
process.stdout.write(
  `UI and API ${http}\nOTLP/HTTP ${otlpHttp}\nOTLP/gRPC ${otlpGrpc}\nCtrl-C stops it.\n`,
);
