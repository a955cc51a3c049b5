import { arch, hostname, platform } from "node:os";
import { cpuUsage, memoryUsage, pid, uptime, version } from "node:process";

/** What is known of the machine and process that Sightglass runs in. */
export interface Machine {
  readonly hostname: string;
  readonly platform: string;
  readonly arch: string;
  readonly nodeVersion: string;
  readonly processId: number;
  /** Seconds. */
  readonly uptime: () => number;
  /** Bytes. */
  readonly memoryUsage: () => Readonly<Record<string, number>>;
  /** Microseconds of processor time. */
  readonly cpuUsage: () => Readonly<Record<string, number>>;
}

export function thisMachine(): Machine {
  return {
    hostname: hostname(),
    platform: platform(),
    arch: arch(),
    nodeVersion: version,
    processId: pid,
    uptime,
    memoryUsage: () => {
      const { rss, heapTotal, heapUsed, external } = memoryUsage();
      return { rss, heapTotal, heapUsed, external };
    },
    cpuUsage: () => {
      const { user, system } = cpuUsage();
      return { user, system };
    },
  };
}

/** `os.type` and `host.arch` in the words of OpenTelemetry's resource conventions. */
const OS_TYPES: Readonly<Record<string, string>> = { win32: "windows", sunos: "solaris" };
const ARCHES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "x86", arm: "arm32" };

export function osTypeOf(name: string): string {
  return OS_TYPES[name] ?? name;
}

export function hostArchOf(name: string): string {
  return ARCHES[name] ?? name;
}
