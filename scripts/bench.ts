// `npm run bench [name…] [-- --flag value…]`: runs bench/<name>.ts, or every benchmark, one after the
// other. Flags go to the benchmark.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../bench/", import.meta.url));
const all = existsSync(folder)
  ? readdirSync(folder)
      .filter((file) => file.endsWith(".ts"))
      .map((file) => file.slice(0, -".ts".length))
      .sort()
  : [];
const words = process.argv.slice(2);
const firstFlag = words.findIndex((word) => word.startsWith("-"));
const wanted = firstFlag < 0 ? words : words.slice(0, firstFlag);
const flags = firstFlag < 0 ? [] : words.slice(firstFlag);

const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}; there is: ${all.join(", ")}`);
  process.exit(1);
}

for (const name of wanted.length > 0 ? wanted : all) {
  console.log(`\n# ${name}`);
  const { status } = spawnSync(process.execPath, ["--expose-gc", `${folder}${name}.ts`, ...flags], {
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = 1;
}
