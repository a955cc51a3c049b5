// Prints what a vitest run came to as one plain line, from the file of its JSON reporter. Exits with 1
// if anything failed or nothing ran. A file that could not be loaded has no tests, and is one failure.
import { readFileSync } from "node:fs";

let results;
try {
  results = JSON.parse(readFileSync(process.argv[2], "utf8"));
} catch (error) {
  console.error(`The test results cannot be read: ${error.message}`);
  process.exit(1);
}

const count = { passed: 0, failed: 0, skipped: 0 };
for (const file of results.testResults) {
  for (const { status } of file.assertionResults) {
    count[status in count ? status : "skipped"] += 1;
  }
  if (file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed")) {
    count.failed += 1;
  }
}
if (!results.success && count.failed === 0) count.failed = 1;

console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed > 0 || count.passed === 0 ? 1 : 0);
