import { expect, test, vi } from "vitest";
import { CommandRegistry, type Command } from "./commands.ts";
import { KeySequence, SEQUENCE_MS } from "./key-strokes.ts";

const command = (id: string, rest: Partial<Command> = {}): Command => ({
  id,
  title: id,
  group: "Test",
  run: () => {},
  ...rest,
});

test("a command that is made anew with each drawing is told of once, and runs as it is now", () => {
  const registry = new CommandRegistry();
  const told = vi.fn<() => void>();
  registry.subscribe(told);
  const runs: string[] = [];
  registry.put("page", [command("next", { run: () => runs.push("older") })]);
  const listed = registry.list();
  registry.put("page", [command("next", { run: () => runs.push("newer") })]);
  expect(told).toHaveBeenCalledTimes(1);
  expect(registry.list()).toBe(listed);
  registry.run("next");
  expect(runs).toEqual(["newer"]);
});

test("a changed title or key is told of", () => {
  const registry = new CommandRegistry();
  const told = vi.fn<() => void>();
  registry.put("page", [command("live", { title: "Pause" })]);
  registry.subscribe(told);
  registry.put("page", [command("live", { title: "Resume" })]);
  registry.put("page", [command("live", { title: "Resume", keys: "." })]);
  expect(told).toHaveBeenCalledTimes(2);
  expect(registry.list()).toMatchObject([{ title: "Resume", keys: "." }]);
});

test("the keys of what is removed run nothing any more, and give way to what was there before", () => {
  const registry = new CommandRegistry();
  registry.put("shell", [command("shell.j", { keys: "j" })]);
  registry.put("page", [command("page.j", { keys: "j" })]);
  const pressed = (): string | undefined => registry.press(new KeySequence(), "j", 0)?.id;
  expect(pressed()).toBe("page.j");
  registry.remove("page");
  expect(pressed()).toBe("shell.j");
  registry.remove("shell");
  expect(pressed()).toBeUndefined();
});

test("a sequence of keys runs its command in time", () => {
  const registry = new CommandRegistry();
  registry.put("shell", [command("go", { keys: "g t" }), command("no keys")]);
  const sequence = new KeySequence();
  expect(registry.press(sequence, "g", 0)).toBeUndefined();
  expect(registry.press(sequence, "t", SEQUENCE_MS)?.id).toBe("go");
  expect(registry.press(sequence, "t", SEQUENCE_MS)).toBeUndefined();
});
