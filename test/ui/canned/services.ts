import type { ServicesAnswer } from "#api/contract/services.ts";
import type { Answers } from "./answers.ts";

const SERVICES: readonly (readonly [string, number, number, number])[] = [
  ["storefront", 184_220, 612, 31],
  ["catalog", 402_118, 3, 4.2],
  ["cart", 96_410, 0, 12.4],
  ["payment", 18_204, 411, 142],
  ["inventory", 40_122, 0, 22],
  ["search", 61_009, 18, 38],
  ["orders", 12_733, 0, 51],
  ["fraud", 18_190, 0, 24],
  ["sessions", 184_001, 0, 1.9],
  ["assistant", 1_209, 6, 1_380],
  ["scheduler", 96, 1, 2_450],
  ["sightglass", 2_420, 0, 3.1],
];

const services: ServicesAnswer = {
  data: SERVICES.map(([service, requests, errors, p50Ms]) => ({
    service,
    requests,
    errors,
    errorRate: errors / requests,
    avgMs: p50Ms * 1.2,
    p50Ms,
    p95Ms: p50Ms * 3.4,
    p99Ms: p50Ms * 7.9,
  })),
};

export const filledServices = () => ({ listServices: services }) satisfies Answers;

export const emptyServices = (): Answers => ({ listServices: { data: [] } });
