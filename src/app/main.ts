import { setImmediate } from "node:timers/promises";
import { runCommandLine } from "./command-line.ts";
import { exitOf } from "./exit-codes.ts";

// Loading fast matters more than anything else here: each command loads only what it needs.
let code: number;
try {
  code = await runCommandLine(process.argv.slice(2));
} catch (error) {
  const exit = exitOf(error);
  console.error(`sightglass: ${exit.message}`);
  code = exit.code;
}
// The embedded engine crashes or hangs when the process ends in the tick of its last call.
await setImmediate();
process.exit(code);
