import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** One numbered template of `src/store/schema/`, as it is on the disk. */
export interface Migration {
  readonly version: number;
  /** The file's name: `0001_telemetry.sql`. */
  readonly name: string;
  readonly template: string;
  /** SHA-256 of the template in hex: a migration that was applied anywhere is never edited. */
  readonly checksum: string;
}

const FOLDER = join(import.meta.dirname, "schema");

/** Our own migrations in order. Throws when their numbers are not 1, 2, 3 … */
export function readMigrations(folder: string = FOLDER): Migration[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  return names.toSorted().map((name, index) => {
    const version = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1]);
    if (version !== index + 1)
      throw new Error(
        `${name} is not migration ${index + 1}: names are NNNN_what_changed.sql, without gaps`,
      );
    const template = readFileSync(join(folder, name), "utf8");
    return {
      version,
      name,
      template,
      checksum: createHash("sha256").update(template).digest("hex"),
    };
  });
}
