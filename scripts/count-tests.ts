// Prints what a vitest run came to as one plain line, from the file of its JSON reporter and its exit
// code. Exits with 1 if anything failed or nothing ran. A file that could not be loaded has no tests,
// and is one failure.
import { readFileSync } from "node:fs";
import { z } from "zod";

const Results = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

const results = Results.parse(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")));
let passed = 0;
let failed = 0;
let skipped = 0;
for (const file of results.testResults) {
  const before = failed;
  for (const { status } of file.assertionResults) {
    if (status === "passed") passed += 1;
    else if (status === "failed") failed += 1;
    else skipped += 1;
  }
  if (file.status === "failed" && failed === before) failed += 1;
}
// An error outside of every test, such as a rejection that nobody handled, fails the run alone.
if (process.argv[3] !== "0" && failed === 0) failed = 1;

console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
if (failed > 0 || passed === 0) process.exitCode = 1;
