import { describe, expect, it } from "vitest";
import { SessionPool } from "./session-pool.ts";

/** Work that ends when the test says so. */
function gate(): {
  work: (session: string) => Promise<string>;
  open: () => void;
  session: () => string | undefined;
} {
  let open!: () => void;
  let session: string | undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const work = async (given: string): Promise<string> => {
    session = given;
    await opened;
    return `done by ${given}`;
  };
  return { work, open, session: () => session };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a pool of sessions", () => {
  it("runs as much at once as it has sessions, the rest in order", async () => {
    const pool = new SessionPool(["a"], 8, "queries");
    const [first, second, third] = [gate(), gate(), gate()];
    const results = [first, second, third].map(({ work }) => pool.use(work));
    await settled();
    expect(pool.load).toEqual({ running: 1, waiting: 2 });
    expect([first.session(), second.session()]).toEqual(["a", undefined]);
    first.open();
    await settled();
    expect([second.session(), third.session()]).toEqual(["a", undefined]);
    second.open();
    third.open();
    expect(await Promise.all(results)).toEqual(["done by a", "done by a", "done by a"]);
    expect(pool.load).toEqual({ running: 0, waiting: 0 });
  });

  it("refuses who would wait beyond the bound, and says when to come again", async () => {
    const pool = new SessionPool(["a"], 1, "queries");
    const first = gate();
    const running = pool.use(first.work);
    const waiting = pool.use(gate().work.bind(undefined));
    await expect(pool.use(gate().work)).rejects.toMatchObject({
      code: "overloaded",
      retryAfterSeconds: 1,
      message: "1 queries run and 1 wait, the most that may",
    });
    const closed = pool.close();
    await expect(waiting).rejects.toMatchObject({ code: "stopping" });
    first.open();
    await running;
    await closed;
  });

  it("answers a cancelled user at once, and keeps the session until its work has ended", async () => {
    const pool = new SessionPool(["a"], 8, "queries");
    const cancel = new AbortController();
    const [first, second] = [gate(), gate()];
    const cancelled = pool.use(first.work, cancel.signal);
    const next = pool.use(second.work);
    await settled();
    cancel.abort(new Error("hung up"));
    await expect(cancelled).rejects.toThrow("hung up");
    expect(second.session()).toBeUndefined();
    first.open();
    await settled();
    expect(second.session()).toBe("a");
    second.open();
    await next;
  });

  it("forgets a cancelled user who waits, and starts nothing for one cancelled before", async () => {
    const pool = new SessionPool(["a"], 1, "queries");
    const cancel = new AbortController();
    const [first, second] = [gate(), gate()];
    const running = pool.use(first.work);
    const waiting = pool.use(second.work, cancel.signal);
    cancel.abort(new Error("hung up"));
    await expect(waiting).rejects.toThrow("hung up");
    await expect(pool.use(second.work, cancel.signal)).rejects.toThrow("hung up");
    expect(pool.load).toEqual({ running: 1, waiting: 0 });
    first.open();
    await running;
    expect(second.session()).toBeUndefined();
  });

  it("frees the session of work that failed", async () => {
    const pool = new SessionPool(["a"], 1, "queries");
    await expect(pool.use(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    const thrown = (): Promise<string> => {
      throw new Error("at once");
    };
    await expect(pool.use(thrown)).rejects.toThrow("at once");
    expect(await pool.use(async (session) => session)).toBe("a");
  });

  it("closes when its work has ended, and takes none after", async () => {
    const pool = new SessionPool(["a", "b"], 1, "inserts");
    const first = gate();
    const running = pool.use(first.work);
    let closed = false;
    const closing = pool.close().then(() => (closed = true));
    await settled();
    expect(closed).toBe(false);
    await expect(pool.use(first.work)).rejects.toMatchObject({
      code: "stopping",
      message: "no more inserts are taken: the store is closing",
    });
    first.open();
    await Promise.all([running, closing]);
    expect(closed).toBe(true);
  });
});
