// A real browser for tests of the pages. A machine's own Chromium is preferred; the one from npm
// serves where there is none, and brings the libraries and fonts that a bare machine lacks.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type LaunchOptions } from "playwright-core";

const modules = fileURLToPath(new URL("../node_modules/", import.meta.url));

const OF_THE_MACHINE = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/**
 * A headless browser, or undefined where none can be started: the test then skips itself, with
 * `context.skip("No Chromium starts on this machine")`. Whoever launches it closes it.
 */
export async function launchBrowser(args: readonly string[] = []): Promise<Browser | undefined> {
  for (const options of [machineBrowser, packagedBrowser]) {
    try {
      const found = await options();
      if (found === undefined) continue;
      return await chromium.launch({ ...found, args: [...(found.args ?? []), ...args] });
    } catch (error) {
      console.warn(`A Chromium did not start: ${String(error)}`);
    }
  }
  return undefined;
}

function machineBrowser(): Promise<LaunchOptions | undefined> {
  const executablePath = process.env["CHROMIUM_PATH"] ?? OF_THE_MACHINE.find(existsSync);
  return Promise.resolve(executablePath === undefined ? undefined : { executablePath });
}

/** Unpacked once for each version of the package, by whichever test comes first. */
async function packagedBrowser(): Promise<LaunchOptions | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const manifest = await readFile(join(modules, "@sparticuz/chromium/package.json"), "utf8");
  const version = /"version": "([^"]+)"/.exec(manifest)?.[1] ?? "unknown";
  const folder = join(modules, ".cache/sightglass", `chromium-${version}`);
  if (!existsSync(folder)) await unpack(folder);
  const libraries = join(folder, "al2023/lib");
  return {
    executablePath: join(folder, "chromium"),
    args: ["--no-zygote"],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: [libraries, process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":"),
      ...(existsSync("/etc/fonts/fonts.conf") ? {} : { FONTCONFIG_PATH: join(folder, "fonts") }),
    },
  };
}

/** The package unpacks to the folder for temporary files, and its libraries only on Amazon's Linux. */
async function unpack(folder: string): Promise<void> {
  await mkdir(join(folder, ".."), { recursive: true });
  const fresh = await mkdtemp(`${folder}-`);
  const before = { ...process.env };
  try {
    process.env["TMPDIR"] = fresh;
    process.env["AWS_EXECUTION_ENV"] = "AWS_Lambda_nodejs24.x";
    const { default: packaged } = await import("@sparticuz/chromium");
    await packaged.executablePath();
    // The package's own list of fonts names folders of Amazon's Linux.
    const fonts = `<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/cache</cachedir></fontconfig>`;
    await writeFile(join(fresh, "fonts/fonts.conf"), fonts);
    // Another test may have been faster; its folder is as good.
    if (!existsSync(folder)) await rename(fresh, folder);
  } finally {
    for (const name of ["TMPDIR", "AWS_EXECUTION_ENV", "LD_LIBRARY_PATH", "FONTCONFIG_PATH"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    await rm(fresh, { recursive: true, force: true });
  }
}
