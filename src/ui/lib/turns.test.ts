import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

/** A question that is answered when the test says so. */
function question() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let isAsked = false;
  return {
    ask: () => {
      isAsked = true;
      return promise;
    },
    resolve,
    reject,
    isAsked: () => isAsked,
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const never = new AbortController().signal;

test("no more questions run than may, and the others follow in their order", async () => {
  const turns = new Turns(2);
  const all = [question(), question(), question(), question()];
  const answers = all.map((one) => turns.take(never, one.ask));
  await settle();
  expect(all.map((one) => one.isAsked())).toEqual([true, true, false, false]);
  all[1]!.resolve("second");
  await settle();
  expect(all.map((one) => one.isAsked())).toEqual([true, true, true, false]);
  for (const one of all) one.resolve("rest");
  expect(await Promise.all(answers)).toEqual(["rest", "second", "rest", "rest"]);
});

test("a question that fails gives its place to the next", async () => {
  const turns = new Turns(1);
  const [first, second] = [question(), question()];
  const failing = turns.take(never, first.ask);
  const next = turns.take(never, second.ask);
  first.reject(new Error("no"));
  await expect(failing).rejects.toThrow("no");
  second.resolve("yes");
  expect(await next).toBe("yes");
});

test("a question that is called off while it waits is never asked", async () => {
  const turns = new Turns(1);
  const [first, second, third] = [question(), question(), question()];
  const one = turns.take(never, first.ask);
  const left = new AbortController();
  const two = turns.take(left.signal, second.ask);
  const three = turns.take(never, third.ask);
  left.abort(new Error("left"));
  await expect(two).rejects.toThrow("left");
  first.resolve("a");
  third.resolve("c");
  expect([await one, await three, second.isAsked()]).toEqual(["a", "c", false]);
});
