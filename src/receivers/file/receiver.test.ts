import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import {
  startTail,
  stopTails,
  type TailUnderTest,
} from "#pipeline/tail/testing/tail-under-test.ts";
import { PushedRows, textsOf } from "#pipeline/testing/receiver-under-test.ts";
import { file } from "./receiver.ts";

afterEach(stopTails);

async function started(
  settings: Readonly<Record<string, unknown>> = {},
  fill?: (folder: string) => void,
): Promise<TailUnderTest> {
  return startTail(file, (folder) => ({ folder, ...settings }), fill);
}

function bodies({ pushed }: TailUnderTest): string[] {
  return pushed.logs.map(({ body }) => body);
}

describe("lines", () => {
  it("that are there already, and that come later, are log records with the file's name", async () => {
    const tail = await started({ resource: { "service.name": "shop" } }, (folder) => {
      writeFileSync(join(folder, "app.log"), "one\r\ntwo\n");
    });
    expect(bodies(tail)).toEqual(["one", "two"]);
    appendFileSync(join(tail.folder, "app.log"), "\nthree\nfo");
    await tail.look();
    expect(bodies(tail)).toEqual(["one", "two", "three"]);
    appendFileSync(join(tail.folder, "app.log"), "ur\n");
    await tail.look();
    expect(bodies(tail)).toEqual(["one", "two", "three", "four"]);
    const row = tail.pushed.logs[0]!;
    expect(row.resource.service).toBe("shop");
    expect(textsOf(row.attributes)).toEqual({
      "log.file.name": "app.log",
      "log.file.path": join(tail.folder, "app.log"),
    });
  });

  it("are mended where they are not UTF-8, and begin without a byte order mark", async () => {
    const tail = await started({}, (folder) => {
      const bytes = Buffer.concat([
        Buffer.from("\uFEFFfirst\n"),
        Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]),
      ]);
      writeFileSync(join(folder, "app.log"), bytes);
    });
    expect(bodies(tail)).toEqual(["first", "caf\uFFFD"]);
  });

  it("are read in the encoding that was set", async () => {
    const tail = await started({ encoding: "latin1" }, (folder) => {
      writeFileSync(join(folder, "app.log"), Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]));
    });
    expect(bodies(tail)).toEqual(["café"]);
  });

  it("over the bound are cut and marked", async () => {
    const tail = await started({ recordBytesMax: 1_024 }, (folder) => {
      writeFileSync(join(folder, "app.log"), `${"x".repeat(900_000)}\nnext\n`);
    });
    expect(bodies(tail).map((body) => body.length)).toEqual([1_024, 4]);
    const marks = tail.pushed.logs.map(({ attributes }) => textsOf(attributes)["log.file.cut"]);
    expect(marks).toEqual(["true", undefined]);
  });

  it("are joined from one that begins a record to the next, or until none has come for a while", async () => {
    const multiline = { startPattern: "^\\d{4}-", flushMs: 5_000 };
    const tail = await started({ multiline }, (folder) => {
      writeFileSync(join(folder, "app.log"), "2026-1 a\n  at x\n  at y\n2026-2 b\n  at z\n");
    });
    expect(bodies(tail)).toEqual(["2026-1 a\n  at x\n  at y"]);
    await tail.look();
    expect(tail.pushed.logs).toHaveLength(1);
    await tail.look(5_000);
    expect(bodies(tail).slice(1)).toEqual(["2026-2 b\n  at z"]);
  });
});

describe("files", () => {
  it("are found by pattern, in folders within the folder too, and through links", async () => {
    const include = ["*.log", "sub/**/*.txt"];
    const tail = await started({ include, exclude: ["debug*"] }, (folder) => {
      mkdirSync(join(folder, "sub/deep"), { recursive: true });
      writeFileSync(join(folder, "target"), "linked\n");
      symlinkSync(join(folder, "target"), join(folder, "link.log"));
      symlinkSync(join(folder, "nowhere"), join(folder, "broken.log"));
      writeFileSync(join(folder, "debug.log"), "excluded\n");
      writeFileSync(join(folder, "other.txt"), "not included\n");
      writeFileSync(join(folder, "sub/deep/a.txt"), "deep\n");
    });
    expect(bodies(tail).toSorted()).toEqual(["deep", "linked"]);
  });

  it("that are there at the first start begin at their end where that was asked for, later ones at their start", async () => {
    const tail = await started({ startAt: "end" }, (folder) => {
      writeFileSync(join(folder, "app.log"), "old\n");
    });
    appendFileSync(join(tail.folder, "app.log"), "new\n");
    writeFileSync(join(tail.folder, "late.log"), "late\n");
    await tail.look();
    expect(bodies(tail).toSorted()).toEqual(["late", "new"]);
    await tail.stop();
    writeFileSync(join(tail.folder, "later.log"), "while down\n");
    const again = await tail.again();
    expect(bodies(again)).toEqual(["while down"]);
  });

  it("may come with their folder", async () => {
    const tail = await startTail(file, (folder) => ({ folder: join(folder, "later") }));
    mkdirSync(join(tail.folder, "later"));
    writeFileSync(join(tail.folder, "later/app.log"), "one\n");
    await tail.look();
    expect(bodies(tail)).toEqual(["one"]);
  });
});

describe("rotation", () => {
  it("by renaming loses and repeats nothing, whether the new name is followed or not", async () => {
    for (const include of [["*.log"], ["*.log*"]]) {
      const tail = await started({ include }, (folder) => {
        writeFileSync(join(folder, "app.log"), "one\n");
      });
      const path = join(tail.folder, "app.log");
      appendFileSync(path, "two\nthr");
      await tail.look();
      renameSync(path, `${path}.1`);
      writeFileSync(path, "four\n");
      appendFileSync(`${path}.1`, "ee\n");
      await tail.look();
      expect(bodies(tail).toSorted()).toEqual(["four", "one", "three", "two"]);
    }
  });

  it("by copying and truncating loses and repeats nothing, whether the copy is followed or not", async () => {
    const lines = Array.from({ length: 50 }, (_, i) => `line ${i} ${"x".repeat(40)}`);
    for (const include of [["*.log"], ["*.log*"]]) {
      const tail = await started({ include }, (folder) => {
        writeFileSync(join(folder, "app.log"), `${lines.slice(0, 30).join("\n")}\n`);
      });
      const path = join(tail.folder, "app.log");
      appendFileSync(path, `${lines.slice(30).join("\n")}\n`);
      copyFileSync(path, `${path}.1`);
      truncateSync(path);
      appendFileSync(path, "after\n");
      await tail.look();
      expect(bodies(tail).toSorted()).toEqual([...lines, "after"].toSorted());
    }
  });

  it("while nothing ran is made up for", async () => {
    const tail = await started({}, (folder) => writeFileSync(join(folder, "app.log"), "one\n"));
    await tail.stop();
    const path = join(tail.folder, "app.log");
    appendFileSync(path, "two\n");
    renameSync(path, `${path}.1`);
    writeFileSync(path, "three\n");
    const again = await tail.again();
    expect(bodies(again).toSorted()).toEqual(["three", "two"]);
  });

  it("ends a last line that has no end, once its file has been still", async () => {
    const tail = await started({}, (folder) => writeFileSync(join(folder, "app.log"), "one\nend"));
    renameSync(join(tail.folder, "app.log"), join(tail.folder, "app.log.1"));
    await tail.look();
    expect(bodies(tail)).toEqual(["one"]);
    await tail.look(30_000);
    expect(bodies(tail)).toEqual(["one", "end"]);
  });
});

describe("a restart", () => {
  it("goes on at the byte after", async () => {
    const tail = await started({}, (folder) => writeFileSync(join(folder, "app.log"), "one\ntw"));
    await tail.stop();
    appendFileSync(join(tail.folder, "app.log"), "o\nthree\n");
    const again = await tail.again();
    expect(bodies(again)).toEqual(["two", "three"]);
    await again.stop();
    expect(bodies(await again.again())).toEqual([]);
  });
});

it("pushes again, after the time that was asked for, what the pipeline refused", async () => {
  const tail = await started();
  let refusals = 1;
  tail.pushed.beforeAnswer = () => {
    if (refusals-- > 0) throw new SightglassError("overloaded", "full", { retryAfterSeconds: 20 });
  };
  writeFileSync(join(tail.folder, "app.log"), "one\ntwo\n");
  await tail.look();
  expect(tail.pushed.pushes).toBe(1);
  await tail.look(19_000);
  expect(tail.pushed.pushes).toBe(1);
  await tail.look(1_000);
  expect(bodies(tail)).toEqual(["one", "two"]);
});

describe("settings", () => {
  it.each([
    [{}, "folder"],
    [{ folder: "x", multiline: { startPattern: "(" } }, "the pattern is not valid"],
    [{ folder: "x", include: [] }, "include"],
    [{ folder: "x", pollMs: 1 }, "pollMs"],
    [{ folder: "x", path: "y" }, "path"],
  ])("refuse %j", (settings, named) => {
    expect(() => file.settings.parse(settings)).toThrow(named);
  });
});

it("is safe to stop before start, and twice", async () => {
  const receiver = file.create(file.settings.parse({ folder: "x" }), new PushedRows().context);
  await receiver.stop();
  await receiver.stop();
  await expect(receiver.start()).rejects.toMatchObject({ code: "stopping" });
});
