import { exitOf } from "./exit-codes.ts";
import { runCommandLine } from "./command-line.ts";

// Loading fast matters more than anything else here: each command loads only what it needs.
try {
  process.exitCode = await runCommandLine(process.argv.slice(2));
} catch (error) {
  const { code, message } = exitOf(error);
  console.error(`sightglass: ${message}`);
  process.exitCode = code;
}
