import { Agent, request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import { freePort } from "../testing/free-port.ts";
import { emptyAnswer, textAnswer, textRefusal } from "./answers.ts";
import { Door } from "./door.ts";
import type { HttpAnswer, Mount } from "./http-route.ts";
import { OriginPolicy } from "./origin-policy.ts";
import { mountService, type Mounted } from "./shared-listener.ts";

const mounted: Mounted[] = [];
const agents: Agent[] = [];

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await Promise.all(mounted.splice(0).map((one) => one.unmount()));
});

const ignore = (): void => undefined;

/** A service of one path that answers with its name. */
function serviceOf(
  path: string,
  name: string,
  answer: () => Promise<HttpAnswer> = async () => textAnswer(200, name),
): Mount {
  const door = new Door({
    owner: name,
    metrics: { answered: ignore },
    log: { info: ignore, warn: ignore, error: ignore },
    clock: systemClock,
    limits: { drainMsMax: 2_000 },
  });
  const route = {
    signal: undefined,
    methods: ["POST"],
    judge: ignore,
    accept: answer,
    refuse: textRefusal,
  };
  return {
    door,
    service: {
      name,
      owner: name,
      origins: new OriginPolicy({}),
      paths: path,
      find: (asked) => (asked === path ? route : undefined),
      refuse: textRefusal,
    },
  };
}

async function mountAt(port: number, mount: Mount): Promise<Mounted> {
  const one = await mountService({ host: "127.0.0.1", port }, mount, "test: endpoint");
  mounted.push(one);
  return one;
}

const post = async (port: number, path: string): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST" });
  return `${answer.status} ${(await answer.text()).trim()}`;
};

describe("a shared listener", () => {
  it("has several services on one address, told apart by their paths", async () => {
    const port = await freePort();
    await Promise.all([
      mountAt(port, serviceOf("/a", "first")),
      mountAt(port, serviceOf("/b", "second")),
    ]);
    expect(await post(port, "/a")).toBe("200 first");
    expect(await post(port, "/b")).toBe("200 second");
    expect(await post(port, "/c")).toMatch(/^404 /);
  });

  it("exchanges a service for a newer one while requests go on, and refuses none", async () => {
    const port = await freePort();
    let current = await mountAt(port, serviceOf("/a", "0"));
    const answers: string[] = [];
    let isOver = false;
    const agent = new Agent({ keepAlive: true });
    agents.push(agent);
    const sending = (async () => {
      while (!isOver) answers.push(await statusOf(agent, port));
    })();
    for (let round = 1; round <= 10; round++) {
      const next = await mountAt(port, serviceOf("/a", String(round)));
      await current.unmount();
      current = next;
      expect(await post(port, "/a")).toBe(`200 ${round}`);
    }
    isOver = true;
    await sending;
    expect(new Set(answers)).toEqual(new Set(["200"]));
  });

  it("lets a request finish whose service was taken away", async () => {
    const port = await freePort();
    let release: (() => void) | undefined;
    const slow = await mountAt(
      port,
      serviceOf("/a", "slow", async () => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return emptyAnswer(202);
      }),
    );
    const answer = post(port, "/a");
    await expect.poll(() => release !== undefined).toBe(true);
    await mountAt(port, serviceOf("/b", "other"));
    const unmounted = slow.unmount();
    expect(await post(port, "/a")).toMatch(/^404 /);
    release!();
    expect(await answer).toBe("202 ");
    await unmounted;
  });

  it("closes behind the last, and opens again for the next, however soon", async () => {
    const port = await freePort();
    const first = await mountAt(port, serviceOf("/a", "first"));
    expect(await post(port, "/a")).toBe("200 first");
    const [, next] = await Promise.all([first.unmount(), mountAt(port, serviceOf("/a", "next"))]);
    expect(await post(port, "/a")).toBe("200 next");
    await next.unmount();
    await expect(post(port, "/a")).rejects.toThrow("fetch failed");
  });
});

function statusOf(agent: Agent, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const one = request(
      { host: "127.0.0.1", port, path: "/a", method: "POST", agent },
      (response) => {
        response.resume();
        response.on("end", () => {
          resolve(String(response.statusCode));
        });
      },
    );
    one.on("error", reject);
    one.end();
  });
}
