const WIDTH = 120;
const HEIGHT = 32;

/**
 * The shape of a series in little, newest at the right edge; `places` is how many values fill the width. A
 * null is a gap. Decoration for the number beside it, so it has no name of its own.
 */
export function Sparkline(props: {
  values: readonly (number | null)[];
  places: number;
  /** What fills the height at least, so that next to nothing does not look like a mountain. */
  topMin?: number;
  /** Height and colour. */
  className?: string;
}) {
  const { values, places, topMin = 1e-9, className = "h-8 text-accent" } = props;
  const top = Math.max(...values.map((value) => value ?? 0), topMin);
  const step = WIDTH / Math.max(1, places - 1);
  const pointOf = (value: number, index: number): readonly [number, number] => [
    WIDTH - (values.length - 1 - index) * step,
    HEIGHT - 1.5 - (value / top) * (HEIGHT - 4),
  ];
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      className={`w-full ${className}`}
    >
      <path
        d={`M0 ${HEIGHT - 0.5}H${WIDTH}`}
        stroke="var(--line)"
        vectorEffect="non-scaling-stroke"
      />
      {stretches(values).map(({ first, values: stretch }) => {
        const points = stretch.map((value, index) => pointOf(value, first + index));
        const line = lineThrough(points, step);
        const [from, to] = [line[0]![0], line.at(-1)![0]];
        const path = line.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" L");
        return (
          <g key={first}>
            <path
              d={`M${from.toFixed(1)},${HEIGHT} L${path} L${to.toFixed(1)},${HEIGHT}Z`}
              fill="currentColor"
              opacity="0.14"
            />
            <path
              d={`M${path}`}
              fill="none"
              stroke="currentColor"
              strokeWidth="1.5"
              strokeLinejoin="round"
              vectorEffect="non-scaling-stroke"
            />
          </g>
        );
      })}
    </svg>
  );
}

/** A point that stands alone is drawn as a short line, or it would not be seen. */
function lineThrough(
  points: readonly (readonly [number, number])[],
  step: number,
): readonly (readonly [number, number])[] {
  if (points.length > 1) return points;
  const [x, y] = points[0]!;
  const half = Math.min(step, WIDTH) / 3;
  return [
    [Math.max(0, x - half), y],
    [Math.min(WIDTH, x + half), y],
  ];
}

/** The values between gaps, with the place of the first of them. */
function stretches(values: readonly (number | null)[]): { first: number; values: number[] }[] {
  const found: { first: number; values: number[] }[] = [];
  let isOpen = false;
  for (const [index, value] of values.entries()) {
    if (value === null) isOpen = false;
    else if (isOpen) found.at(-1)!.values.push(value);
    else {
      found.push({ first: index, values: [value] });
      isOpen = true;
    }
  }
  return found;
}
