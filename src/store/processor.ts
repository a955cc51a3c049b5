import { existsSync, readFileSync } from "node:fs";
import { SightglassError } from "#core/errors.ts";

/** The engine's build dies of an illegal instruction where AVX2 is missing. Throws `engine_unsupported`. */
export function assertProcessor(): void {
  if (process.platform !== "linux" || process.arch !== "x64" || !existsSync("/proc/cpuinfo"))
    return;
  assertAvx2(readFileSync("/proc/cpuinfo", "utf8"));
}

/** Takes the text of Linux's `/proc/cpuinfo`; one without flags says nothing, and passes. */
export function assertAvx2(cpuinfo: string): void {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1];
  if (flags === undefined || /\bavx2\b/.test(flags)) return;
  const instead = "set SIGHTGLASS_CLICKHOUSE_URL to use a ClickHouse server instead";
  throw new SightglassError(
    "engine_unsupported",
    `this processor has no AVX2, which the embedded ClickHouse needs; ${instead}`,
  );
}
