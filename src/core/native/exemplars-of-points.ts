import type { Series } from "../attributes.ts";
import type { ExemplarRow } from "../row-views.ts";
import { RECORD_COLUMNS } from "./block-columns.ts";
import { BlockReader } from "./block-reader.ts";
import { type BlockExemplars, readExemplars } from "./metric-readers.ts";
import type { RecordReferences } from "./record-references.ts";
import type { AnySection } from "./row-readers.ts";

/**
 * The exemplars of a record with the points that they are of. A record that does not say which gives
 * them to the first point of their series.
 */
export class ExemplarsOfPoints {
  private readonly byPoint = new Map<number, { block: BlockExemplars; row: number }[]>();

  /** `points` are the series of all points of the record, in their order. */
  constructor(
    sections: readonly AnySection[],
    references: RecordReferences,
    points: readonly Series[],
  ) {
    const exemplars = sections
      .filter(({ table }) => table === "exemplars")
      .map((section) => readExemplars(section, references))
      .flatMap((block) => block.series.map((series, row) => ({ block, row, series })));
    const told = sections
      .filter(({ table }) => table === "exemplar_points")
      .flatMap((section) => [...readExemplarPoints(section)]);
    if (told.length > 0 && told.length !== exemplars.length)
      throw new RangeError(
        `the record has ${exemplars.length} exemplars, but ${told.length} points of them`,
      );
    const firsts = told.length > 0 ? undefined : firstOfEach(points);
    for (const [i, { series, ...exemplar }] of exemplars.entries()) {
      const point = firsts === undefined ? told[i]! : firsts.get(series);
      if (point === undefined || points[point] !== series)
        throw new RangeError(`exemplar ${i} of the record is of no point of its series`);
      const others = this.byPoint.get(point);
      if (others === undefined) this.byPoint.set(point, [exemplar]);
      else others.push(exemplar);
    }
  }

  of(point: number): ExemplarRow[] {
    return (this.byPoint.get(point) ?? []).map(({ block, row }) => block.at(row));
  }
}

function readExemplarPoints({ table, block, rows }: AnySection): Uint32Array {
  const reader = new BlockReader(table, block, rows, RECORD_COLUMNS.exemplar_points.length);
  const points = reader.fixed("point", "UInt32");
  reader.end();
  return points;
}

/** The number of the first point of each series. */
function firstOfEach(points: readonly Series[]): Map<Series, number> {
  const firsts = new Map<Series, number>();
  for (const [point, series] of points.entries())
    if (!firsts.has(series)) firsts.set(series, point);
  return firsts;
}
