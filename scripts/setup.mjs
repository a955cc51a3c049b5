// Makes a checkout ready to run: installs the packages of the lockfile and, with PAGES=yes, builds the
// UI when its sources differ from those of the last build. Runs on whatever Node (20 or newer) the
// machine has, so it is plain JavaScript and imports nothing but Node. scripts/set-up.sh starts it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockfile = join(root, "package-lock.json");
const installedLockfile = join(root, "node_modules", ".sightglass", "package-lock.json");
const builtUi = join(root, "dist", "ui");
const builtSources = join(builtUi, ".sources");

/** What a built UI depends on. Tests are left out: they change no page. */
const uiInputs = ["src/ui", "src/api/contract", "src/core", "vite.config.ts", "package-lock.json"];

class SetupError extends Error {}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args, env = process.env) {
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (result.error)
    throw new SetupError(`${command} could not be started: ${result.error.message}`);
  return result.status === 0;
}

/**
 * @param {string} left
 * @param {string} right
 */
function sameBytes(left, right) {
  return existsSync(right) && readFileSync(left).equals(readFileSync(right));
}

function packagesCurrent() {
  if (!existsSync(join(root, "node_modules", "vite"))) return false;
  const record = join(root, "node_modules", ".package-lock.json");
  if (existsSync(record) && statSync(record).mtimeMs > statSync(lockfile).mtimeMs) return true;
  return sameBytes(lockfile, installedLockfile);
}

function installPackages() {
  console.log("sightglass: installing packages (about a minute the first time)");
  // Both need the development packages, whatever NODE_ENV says: the UI is built with them.
  const options = [
    "--include=dev",
    "--include=optional",
    "--loglevel=error",
    "--no-audit",
    "--no-fund",
  ];
  // `npm ci` is exact but empties node_modules first, under the feet of a server that runs from it, and
  // it refuses a lockfile that another npm would have written otherwise. The second command brings what
  // is installed to the same lockfile and does not write it.
  const installed =
    (!existsSync(join(root, "node_modules")) && run("npm", ["ci", ...options])) ||
    run("npm", ["install", "--no-save", ...options]);
  if (!installed) {
    throw new SetupError("the packages could not be installed; npm's own words are above");
  }
  mkdirSync(dirname(installedLockfile), { recursive: true });
  copyFileSync(lockfile, installedLockfile);
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesUnder(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => filesUnder(join(path, entry.name)));
}

function uiSourcesHash() {
  const hash = createHash("sha256");
  for (const file of uiInputs.flatMap((input) => filesUnder(join(root, input)))) {
    if (/\.test\.tsx?$/.test(file)) continue;
    hash.update(relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function pinnedNode() {
  const modules = join(root, "node_modules");
  const folder = readdirSync(modules).find((name) =>
    existsSync(join(modules, name, "bin", "node")),
  );
  return folder === undefined ? process.execPath : join(modules, folder, "bin", "node");
}

function buildPages() {
  if (process.env["PAGES"] !== "yes" || !existsSync(join(root, "src", "ui", "index.html"))) return;
  const sources = uiSourcesHash();
  const built = existsSync(builtSources) ? readFileSync(builtSources, "utf8") : "";
  if (built !== sources) {
    console.log("sightglass: building the UI");
    const vite = join(root, "node_modules", "vite", "bin", "vite.js");
    const env = { ...process.env, NODE_ENV: "production" };
    if (!run(pinnedNode(), [vite, "build", "--logLevel", "warn"], env)) {
      throw new SetupError("the UI could not be built; the reason is above");
    }
    mkdirSync(builtUi, { recursive: true });
  }
  // Written also when nothing changed: its time is what the next start compares with.
  writeFileSync(builtSources, sources);
}

try {
  if (!packagesCurrent()) installPackages();
  buildPages();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`sightglass: ${error.message}`);
  process.exitCode = 1;
}
