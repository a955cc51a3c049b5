import { SightglassError } from "#core/errors.ts";

/**
 * The engine's `file()` expands these characters, and reads `::` as the inside of an archive: an
 * insert file in such a folder would be another one, or several. Throws `config_invalid`.
 */
export function assertPlainPath(path: string): void {
  const found = /[{}*?,]|::/.exec(path)?.[0];
  if (found === undefined) return;
  const allowed =
    "a path without { } * ? , and :: is needed, since the embedded engine would expand them";
  throw new SightglassError(
    "config_invalid",
    `the data folder ${JSON.stringify(path)} has ${JSON.stringify(found)} in its path; ${allowed}`,
  );
}
