import { fileURLToPath } from "node:url";

/** What has a Node process take the compiled code that others left, and leave its own: as `bin/sightglass`. */
export const CODE_CACHE = {
  NODE_COMPILE_CACHE: fileURLToPath(
    new URL("../../../node_modules/.cache/sightglass/code", import.meta.url),
  ),
} as const;
