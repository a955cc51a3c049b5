import { expect, it } from "vitest";
import { totalRows } from "../journal/row-counts.ts";
import { settled } from "../testing/fake-clock.ts";
import { DeliveryPlan } from "./delivery-plan.ts";
import { DeliveryStateFile } from "./delivery-state-file.ts";
import { Portion, type Position } from "./portion.ts";
import { appendTexts, logRowOf, openSetting, type Setting } from "./testing/delivery-fixture.ts";

const RECORD_ROWS = 2;
const IDENTITY = "0123456789abcdef";

/** The rows from one position to another, of records that all have {@link RECORD_ROWS}. */
function portionOf(from: Position, after: Position): Portion {
  const first = from.sequence * RECORD_ROWS + from.row;
  const count = after.sequence * RECORD_ROWS + after.row - first;
  const places = Array.from({ length: count }, (_, index) => first + index);
  return new Portion({
    org: "default",
    from,
    after,
    rows: places.map((place) => ({ kind: "log", row: logRowOf(String(place)) })),
    records: places.map((place) => {
      return { sequence: Math.floor(place / RECORD_ROWS), signal: "logs", writtenMs: 0 };
    }),
    indexes: places.map((place) => place % RECORD_ROWS),
    unreadable: [],
    skipped: [],
    mark: "",
  });
}

function planOf({ journal, disk }: Setting): DeliveryPlan {
  const file = new DeliveryStateFile(disk, "/delivery", "webhook");
  return new DeliveryPlan(journal.consumer("webhook"), file);
}

it("rows are counted once when the cursor moved while the state was being written, and the process died", async () => {
  const setting = await openSetting({});
  for (const name of ["a", "b", "c"]) await appendTexts(setting.journal, [`${name}0`, `${name}1`]);
  const plan = planOf(setting);
  await plan.recover(() => IDENTITY);
  const first = plan.begin(portionOf({ sequence: 1, row: 0 }, { sequence: 2, row: 1 }));
  const second = plan.begin(portionOf({ sequence: 2, row: 1 }, { sequence: 3, row: 1 }));
  plan.settle(first, new Set());
  await plan.save();
  plan.settle(second, new Set());
  // The state is on the disk, and nobody is told.
  setting.disk.fault = (call, path) =>
    call === "sync" && path.endsWith(".delivery") ? "never" : undefined;
  void plan.save();
  await settled();
  await plan.commit();
  expect(setting.journal.consumer("webhook").position()).toBe(1);

  const later = await openSetting({ disk: setting.disk.afterKill() });
  const { start } = await planOf(later).recover(() => IDENTITY);
  const consumer = later.journal.consumer("webhook");
  expect(start).toEqual({ sequence: 3, row: 1 });
  expect(consumer.position()).toBe(2);
  expect(totalRows(consumer.counts().stored)).toBe(2 * RECORD_ROWS);
});
