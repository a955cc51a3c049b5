// `npm run bench [name…]`: runs bench/<name>.ts, or every benchmark, one after the other.
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
const wanted = process.argv.slice(2);

const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}; there is: ${all.join(", ")}`);
  process.exit(1);
}

for (const name of wanted.length > 0 ? wanted : all) {
  console.log(`\n# ${name}`);
  const { status } = spawnSync(process.execPath, ["--expose-gc", `${folder}${name}.ts`], {
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = 1;
}
