import type { Point } from "./layout.ts";

/** The path of SVG through the points of a call, with round corners; it ends `gap` before the last one. */
export function edgePath(points: readonly Point[], gap: number): string {
  const [first, ...rest] = shortened(points, gap);
  if (first === undefined || rest.length === 0) return "";
  const start = `M${text(first)}`;
  if (rest.length === 1) return `${start}L${text(rest[0]!)}`;
  // Each inner point pulls the line; the line goes through the middles between them.
  const inner = rest.slice(0, -1);
  const curves = inner.map((point, index) => {
    const next = rest[index + 1]!;
    const isLast = index === inner.length - 1;
    return `Q${text(point)} ${text(isLast ? next : middle(point, next))}`;
  });
  return start + curves.join("");
}

/** The head of the arrow: a triangle at the last point, in the direction that the line comes from. */
export function arrowHead(points: readonly Point[], size: number): string {
  const end = points.at(-1);
  const before = points.at(-2);
  if (end === undefined || before === undefined) return "";
  const { x, y } = direction(before, end);
  const back = { x: end.x - x * size, y: end.y - y * size };
  const half = size * 0.45;
  return `M${text(end)}L${text({ x: back.x - y * half, y: back.y + x * half })}L${text({ x: back.x + y * half, y: back.y - x * half })}Z`;
}

function shortened(points: readonly Point[], gap: number): readonly Point[] {
  const end = points.at(-1);
  const before = points.at(-2);
  if (end === undefined || before === undefined) return points;
  const { x, y } = direction(before, end);
  return [...points.slice(0, -1), { x: end.x - x * gap, y: end.y - y * gap }];
}

/** Of length one; to the right where both are one point. */
function direction(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return { x: 1, y: 0 };
  return { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
}

function middle(one: Point, other: Point): Point {
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
}

function text({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
}
