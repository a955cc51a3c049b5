import type { PipelinesAnswer } from "#api/contract/pipelines.ts";

export type PipelineView = PipelinesAnswer["data"][number];
export type ComponentKind = "receiver" | "processor" | "destination";

/** A place in the drawing of a pipeline. The journal is none of its components, but what all rests on. */
export interface TopologyNode {
  readonly id: string;
  readonly kind: ComponentKind | "journal";
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where rows go, from the right edge of a place to the left edge of another. */
export interface TopologyEdge {
  readonly id: string;
  /** An SVG path. */
  readonly path: string;
  /** Rows a second. */
  readonly rate: number;
  readonly isTroubled: boolean;
}

export interface Topology {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly TopologyNode[];
  readonly edges: readonly TopologyEdge[];
}

export const CARD = { width: 208, height: 84 } as const;
const JOURNAL = { width: 84, height: 56 } as const;
const COLUMN_GAP = 52;
const ROW_GAP = 14;

/** How much passes a component, and whether it goes well. */
export interface Flow {
  readonly in: number;
  readonly out: number;
  readonly isTroubled: boolean;
}

export function nodeId(kind: TopologyNode["kind"], name: string): string {
  return `${kind}:${name}`;
}

/**
 * Places the components of a pipeline from left to right, in the order in which rows pass them: receivers
 * above each other, processors in a row, the journal, destinations above each other.
 */
export function layOut(pipeline: PipelineView, flowOf: (id: string) => Flow): Topology {
  const columns = columnsOf(pipeline);
  const height = Math.max(...columns.map(heightOf));
  const placed: TopologyNode[][] = [];
  let x = 0;
  for (const column of columns) {
    const width = Math.max(...column.map((one) => one.width));
    let y = (height - heightOf(column)) / 2;
    placed.push(
      column.map((one) => {
        const node = { ...one, x, y };
        y += one.height + ROW_GAP;
        return node;
      }),
    );
    x += width + COLUMN_GAP;
  }
  const edges = placed
    .slice(1)
    .flatMap((column, before) => edgesOf(placed[before]!, column, flowOf));
  return { width: x - COLUMN_GAP, height, nodes: placed.flat(), edges };
}

type Unplaced = Omit<TopologyNode, "x" | "y">;

function columnsOf({ receivers, processors, destinations }: PipelineView): Unplaced[][] {
  const card = (kind: ComponentKind, name: string): Unplaced => {
    return { id: nodeId(kind, name), kind, name, ...CARD };
  };
  const journal: Unplaced = {
    id: nodeId("journal", ""),
    kind: "journal",
    name: "Journal",
    ...JOURNAL,
  };
  return [
    receivers.map(({ name }) => card("receiver", name)),
    ...processors.map(({ name }) => [card("processor", name)]),
    [journal],
    destinations.map(({ name }) => card("destination", name)),
  ].filter((column) => column.length > 0);
}

function heightOf(column: readonly Unplaced[]): number {
  return column.reduce((sum, { height }) => sum + height + ROW_GAP, -ROW_GAP);
}

function edgesOf(
  from: readonly TopologyNode[],
  to: readonly TopologyNode[],
  flowOf: (id: string) => Flow,
): TopologyEdge[] {
  return from.flatMap((source) =>
    to.map((target) => {
      // One of the two is a single place: the rows are those of the other.
      const own = source.kind === "journal" ? flowOf(target.id) : flowOf(source.id);
      return {
        id: `${source.id} ${target.id}`,
        path: curve(source, target),
        rate: source.kind === "journal" ? own.in : own.out,
        isTroubled: source.kind === "journal" && own.isTroubled,
      };
    }),
  );
}

function curve(source: TopologyNode, target: TopologyNode): string {
  const fromX = source.x + source.width;
  const fromY = source.y + source.height / 2;
  const toY = target.y + target.height / 2;
  const middle = (fromX + target.x) / 2;
  return `M${fromX},${fromY} C${middle},${fromY} ${middle},${toY} ${target.x},${toY}`;
}
