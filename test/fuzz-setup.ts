// Before each `*.fuzz.test.ts`: how many cases a property runs, and from which seed. `npm test` runs a
// few from a fixed seed, so that it says the same every time; `npm run fuzz` runs many from a new one.
// FUZZ_SEED repeats a run.
import fc from "fast-check";

const runs = Number(process.env.FUZZ_RUNS ?? 100);
const seed = Number(
  process.env.FUZZ_SEED ?? (process.env.FUZZ_RUNS === undefined ? 1 : Date.now() % 2 ** 31),
);

fc.configureGlobal({ numRuns: runs, seed });
if (process.env.FUZZ_RUNS !== undefined) console.log(`FUZZ_RUNS=${runs} FUZZ_SEED=${seed}`);
