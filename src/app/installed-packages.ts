import { createRequire } from "node:module";
import type { Installation } from "#pipeline/graph/missing-packages.ts";

const { resolve } = createRequire(import.meta.url);

/** Whether a package can be imported from here. */
export function isInstalled(packageName: string): boolean {
  try {
    resolve(packageName);
    return true;
  } catch (error) {
    // One that is there but is only for `import` is refused in other words.
    return (error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND";
  }
}

/** This process's environment and packages. */
export const thisInstallation: Installation = {
  variable: (name) => process.env[name],
  isInstalled,
};
