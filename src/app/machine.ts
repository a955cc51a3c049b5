import { readFileSync } from "node:fs";

/** What is known of the machine, given so that tests can be on another one. */
export interface Machine {
  readonly nodeVersion: string;
  readonly platform: string;
  readonly arch: string;
  /** The features that the processor says it has; undefined where they cannot be known. */
  readonly cpuFlags: ReadonlySet<string> | undefined;
}

export function thisMachine(): Machine {
  const { version, platform, arch } = process;
  return { nodeVersion: version, platform, arch, cpuFlags: cpuFlags(platform, arch) };
}

/** Why Sightglass cannot run here; empty when it can. The embedded engine asks more than a remote one. */
export function unsupportedReasons(machine: Machine, embeddedStore: boolean): string[] {
  const reasons: string[] = [];
  const major = Number(/^v(\d+)/.exec(machine.nodeVersion)?.[1]);
  if (!(major >= 24))
    reasons.push(
      `Node ${machine.nodeVersion} was found, and Node 24 or newer is needed. bin/sightglass starts the right one.`,
    );
  if (!embeddedStore) return reasons;
  const place = `${machine.platform} on ${machine.arch}`;
  if (!["linux", "darwin"].includes(machine.platform) || !["x64", "arm64"].includes(machine.arch))
    reasons.push(
      `The embedded store runs on Linux and macOS, on x64 and arm64, and this is ${place}. A ClickHouse server can be used instead (SIGHTGLASS_CLICKHOUSE_URL).`,
    );
  if (machine.cpuFlags !== undefined && !machine.cpuFlags.has("avx2"))
    reasons.push(
      "This processor has no AVX2, which the embedded store needs. A ClickHouse server can be used instead (SIGHTGLASS_CLICKHOUSE_URL).",
    );
  return reasons;
}

function cpuFlags(platform: string, arch: string): ReadonlySet<string> | undefined {
  if (platform !== "linux" || arch !== "x64") return undefined;
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "latin1"))?.[1];
    return flags === undefined ? undefined : new Set(flags.trim().split(/\s+/));
  } catch {
    return undefined;
  }
}
