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

/** Where rows go, from one place to another. */
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

const CARD = { width: 196, height: 96 } as const;
const JOURNAL = { width: 84, height: 56 } as const;
const COLUMN_GAP = 44;
const ROW_GAP = 14;
/** Between places that rows go through one below the other. */
const STEP_GAP = 28;

/** How much passes a component, and whether it goes well. */
export interface Flow {
  readonly in: number;
  readonly out: number;
  readonly isTroubled: boolean;
}

export function nodeId(kind: TopologyNode["kind"], name: string): string {
  return `${kind}:${name}`;
}

/** What reaches the journal in a second: what the last processor lets through, or else what receivers take. */
export function intoJournal(
  { receivers, processors }: PipelineView,
  flowOf: (id: string) => Flow,
): number {
  const last = processors.at(-1);
  if (last !== undefined) return flowOf(nodeId("processor", last.name)).out;
  return receivers.reduce((sum, { name }) => sum + flowOf(nodeId("receiver", name)).out, 0);
}

/**
 * Places the components of a pipeline in the order in which rows pass them: receivers above each other,
 * processors, the journal, destinations above each other. From left to right where that fits into `width`,
 * else with the processors below each other, and where there is too little room for that, all below each other.
 */
export function layOut(
  pipeline: PipelineView,
  width: number,
  flowOf: (id: string) => Flow,
): Topology {
  const stages = stagesOf(pipeline);
  const processors = new Set(stages.filter(({ isStep }) => isStep));
  const folded = [
    ...stages.filter((stage) => !processors.has(stage) && stage.isBefore),
    ...(processors.size === 0
      ? []
      : [{ nodes: [...processors].flatMap(({ nodes }) => nodes), isChain: true }]),
    ...stages.filter((stage) => !processors.has(stage) && !stage.isBefore),
  ];
  const wide = stages.map(({ nodes }) => ({ nodes, isChain: false }));
  const columns = [wide, folded.map((one) => ({ isChain: false, ...one }))].find(
    (candidate) => widthOf(candidate) <= width,
  );
  if (columns === undefined) return stacked(stages, width, flowOf);
  return sideBySide(columns, flowOf);
}

interface Stage {
  readonly nodes: readonly Unplaced[];
  /** A processor: rows go through one after the other. */
  readonly isStep: boolean;
  readonly isBefore: boolean;
}

interface Column {
  readonly nodes: readonly Unplaced[];
  /** Rows go through all of them, from the first to the last. */
  readonly isChain: boolean;
}

type Unplaced = Omit<TopologyNode, "x" | "y">;

function stagesOf({ receivers, processors, destinations }: PipelineView): Stage[] {
  const card = (kind: ComponentKind, name: string): Unplaced => {
    return { id: nodeId(kind, name), kind, name, ...CARD };
  };
  const journal: Unplaced = {
    id: nodeId("journal", ""),
    kind: "journal",
    name: "Journal",
    ...JOURNAL,
  };
  const all: Stage[] = [
    { nodes: receivers.map(({ name }) => card("receiver", name)), isStep: false, isBefore: true },
    ...processors.map(({ name }): Stage => {
      return { nodes: [card("processor", name)], isStep: true, isBefore: true };
    }),
    { nodes: [journal], isStep: false, isBefore: false },
    {
      nodes: destinations.map(({ name }) => card("destination", name)),
      isStep: false,
      isBefore: false,
    },
  ];
  return all.filter(({ nodes }) => nodes.length > 0);
}

function widthOf(columns: readonly Column[]): number {
  const widths = columns.map(({ nodes }) => Math.max(...nodes.map(({ width }) => width)));
  return widths.reduce((sum, width) => sum + width + COLUMN_GAP, -COLUMN_GAP);
}

function heightOf({ nodes, isChain }: Column): number {
  const gap = isChain ? STEP_GAP : ROW_GAP;
  return nodes.reduce((sum, { height }) => sum + height + gap, -gap);
}

function sideBySide(columns: readonly Column[], flowOf: (id: string) => Flow): Topology {
  const height = Math.max(...columns.map(heightOf));
  const edges: TopologyEdge[] = [];
  const placed: TopologyNode[][] = [];
  let x = 0;
  for (const column of columns) {
    const gap = column.isChain ? STEP_GAP : ROW_GAP;
    let y = (height - heightOf(column)) / 2;
    const nodes = column.nodes.map((one) => {
      const node = { ...one, x, y };
      y += one.height + gap;
      return node;
    });
    // A chain is entered at its first place and left at its last.
    const before = placed.at(-1);
    const isAfterChain = before !== undefined && columns[placed.length - 1]!.isChain;
    const from = isAfterChain ? before.slice(-1) : (before ?? []);
    const to = column.isChain ? nodes.slice(0, 1) : nodes;
    for (const source of from)
      for (const target of to) edges.push(edgeOf(source, target, sideways, flowOf));
    if (column.isChain) edges.push(...chain(nodes, flowOf));
    placed.push(nodes);
    x += Math.max(...nodes.map(({ width }) => width)) + COLUMN_GAP;
  }
  return { width: x - COLUMN_GAP, height, nodes: placed.flat(), edges };
}

function chain(nodes: readonly TopologyNode[], flowOf: (id: string) => Flow): TopologyEdge[] {
  return nodes.slice(1).map((node, at) => edgeOf(nodes[at]!, node, downwards, flowOf));
}

/** All below each other: a stage begins where rows leave the one before. */
function stacked(stages: readonly Stage[], width: number, flowOf: (id: string) => Flow): Topology {
  const nodes: TopologyNode[] = [];
  const edges: TopologyEdge[] = [];
  let y = 0;
  for (const { nodes: own } of stages) {
    const before = nodes.at(-1);
    for (const [at, one] of own.entries()) {
      const wide = Math.max(CARD.width, width);
      const isCard = one.kind !== "journal";
      const node = {
        ...one,
        width: isCard ? wide : one.width,
        x: isCard ? 0 : (wide - one.width) / 2,
        y,
      };
      if (at === 0 && before !== undefined) edges.push(edgeOf(before, node, downwards, flowOf));
      nodes.push(node);
      y += one.height + (at === own.length - 1 ? STEP_GAP : ROW_GAP);
    }
  }
  return { width: Math.max(CARD.width, width), height: y - STEP_GAP, nodes, edges };
}

/** Before the journal what leaves the source counts, behind it what the target is given. */
function edgeOf(
  source: TopologyNode,
  target: TopologyNode,
  path: (source: TopologyNode, target: TopologyNode) => string,
  flowOf: (id: string) => Flow,
): TopologyEdge {
  const isBehind = source.kind === "journal";
  const own = isBehind ? flowOf(target.id) : flowOf(source.id);
  return {
    id: `${source.id} ${target.id}`,
    path: path(source, target),
    rate: isBehind ? own.in : own.out,
    isTroubled: isBehind && own.isTroubled,
  };
}

function sideways(source: TopologyNode, target: TopologyNode): string {
  const fromX = source.x + source.width;
  const fromY = source.y + source.height / 2;
  const toY = target.y + target.height / 2;
  const middle = (fromX + target.x) / 2;
  return `M${fromX},${fromY} C${middle},${fromY} ${middle},${toY} ${target.x},${toY}`;
}

function downwards(source: TopologyNode, target: TopologyNode): string {
  const fromX = source.x + source.width / 2;
  const toX = target.x + target.width / 2;
  const fromY = source.y + source.height;
  const middle = (fromY + target.y) / 2;
  return `M${fromX},${fromY} C${fromX},${middle} ${toX},${middle} ${toX},${target.y}`;
}
