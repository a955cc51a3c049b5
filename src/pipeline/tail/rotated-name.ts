import { posix } from "node:path";

/** What tools put between a name and its ending: a number, a date, a time. */
const STAMP = /^[-._]?\d[\dTtZz._-]*$/;

/**
 * Whether `path` is a name that rotation gives to a file, or a copy, of the name `base`: in the same
 * folder `app.log.1`, `app.log-20261121`, `app.log.old`, and `app-20261121.log` or `app.1.log`.
 */
export function isRotatedName(base: string, path: string): boolean {
  if (path === base || posix.dirname(path) !== posix.dirname(base)) return false;
  if (path.startsWith(base)) return /^[-._~]/.test(path.slice(base.length));
  const extension = posix.extname(base);
  const stem = base.slice(0, base.length - extension.length);
  if (extension === "" || !path.startsWith(stem) || !path.endsWith(extension)) return false;
  return STAMP.test(path.slice(stem.length, path.length - extension.length));
}
