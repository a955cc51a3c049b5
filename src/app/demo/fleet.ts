import { type Resource, text } from "./otlp-shape.ts";
import { Random } from "./random.ts";
import { REGIONS, SERVICE_NAMES, SERVICES, type ServiceName } from "./shop.ts";

/** One running copy of a service. */
export interface Instance {
  readonly service: ServiceName;
  readonly pod: string;
  readonly address: string;
  readonly region: string;
  readonly zone: string;
  readonly version: string;
  readonly resource: Resource;
  /** Its place among all instances ever made, which requests are grouped by. */
  readonly number: number;
}

/** Something that goes wrong with a service from a time on. */
export interface Incident {
  readonly service: ServiceName;
  /** Unix milliseconds. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** How much longer a request of a faulty instance takes (see `Latency`), and how often it fails. */
export const INCIDENT_DELAY = [450, 0.6] as const;
export const INCIDENT_FAILURE = 0.22;

type InstancesOf = Record<ServiceName, readonly Instance[]>;

/** The shop's instances, region by region, and which of them an incident has got hold of. */
export class Fleet {
  private readonly before: readonly InstancesOf[];
  private readonly during: readonly InstancesOf[];
  readonly incident: Incident | undefined;
  readonly instances: readonly Instance[];

  constructor(seed: number, incident: Incident | undefined) {
    this.incident = incident;
    const random = new Random(seed, 0xf1ee7);
    const made: Instance[] = [];
    this.before = REGIONS.map((_, region) => {
      const services = {} as Record<ServiceName, Instance[]>;
      for (const service of SERVICE_NAMES) {
        const count = SERVICES[service].instances;
        services[service] = Array.from({ length: count }, (_one, index) =>
          addInstance(made, random, { service, region, index, version: SERVICES[service].version }),
        );
      }
      return services;
    });
    this.during = this.before.map((services, region) =>
      incident === undefined ? services : rollOut(made, random, services, region, incident.service),
    );
    this.instances = made;
  }

  /** An instance of the service that serves a request of the region at the time. */
  pick(service: ServiceName, region: number, timeMs: number, random: Random): Instance {
    const fleets = this.isDuring(timeMs) ? this.during : this.before;
    return random.pick(fleets[region]![service]);
  }

  /** Those that run at the time. */
  running(timeMs: number): Instance[] {
    const fleets = this.isDuring(timeMs) ? this.during : this.before;
    return fleets.flatMap((services) => SERVICE_NAMES.flatMap((name) => services[name]));
  }

  isFaulty(instance: Instance, timeMs: number): boolean {
    if (instance.service !== this.incident?.service || !this.isDuring(timeMs)) return false;
    switch (SERVICES[instance.service].incident) {
      case "version":
        return instance.version === SERVICES[instance.service].nextVersion;
      case "region":
        return instance.region === REGIONS[1].name;
      case "zone":
        return instance.zone === REGIONS[0].zones[1];
    }
  }

  private isDuring(timeMs: number): boolean {
    const { incident } = this;
    return incident !== undefined && timeMs >= incident.fromMs && timeMs < incident.untilMs;
  }
}

/** What explains an incident of the service: an attribute that the faulty requests share. */
export function causeOf(service: ServiceName): string {
  switch (SERVICES[service].incident) {
    case "version":
      return `service.version=${SERVICES[service].nextVersion}`;
    case "region":
      return `cloud.region=${REGIONS[1].name}`;
    case "zone":
      return `cloud.availability_zone=${REGIONS[0].zones[1]}`;
  }
}

/** Every second instance of the service is replaced by one of its next version. */
function rollOut(
  made: Instance[],
  random: Random,
  services: InstancesOf,
  region: number,
  service: ServiceName,
): InstancesOf {
  if (SERVICES[service].incident !== "version") return services;
  const version = SERVICES[service].nextVersion;
  const instances = services[service].map((instance, index) =>
    index % 2 === 0 ? addInstance(made, random, { service, region, index, version }) : instance,
  );
  return { ...services, [service]: instances };
}

function addInstance(
  made: Instance[],
  random: Random,
  of: { service: ServiceName; region: number; index: number; version: string },
): Instance {
  const region = REGIONS[of.region]!;
  const zone = region.zones[of.index % region.zones.length]!;
  const pod = `${of.service}-${random.hex(5).slice(0, 9)}-${random.hex(3).slice(0, 5)}`;
  const instance: Instance = {
    service: of.service,
    pod,
    address: `10.${of.region + 20}.${random.whole(0, 15)}.${random.whole(2, 250)}`,
    region: region.name,
    zone,
    version: of.version,
    number: made.length,
    resource: {
      attributes: [
        text("service.name", of.service),
        text("service.namespace", "shop"),
        text("service.version", of.version),
        text("service.instance.id", uuidOf(random)),
        text("deployment.environment.name", "production"),
        text("cloud.region", region.name),
        text("cloud.availability_zone", zone),
        text("k8s.pod.name", pod),
        text("k8s.node.name", `node-${zone}-${random.whole(1, 6)}`),
        text("telemetry.sdk.language", SERVICES[of.service].language),
      ],
    },
  };
  made.push(instance);
  return instance;
}

function uuidOf(random: Random): string {
  const hex = random.hex(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
