const WIDTH = 120;
const HEIGHT = 32;

/**
 * The shape of a series in little, newest at the right edge; `places` is how many values fill the width.
 * Decoration for the number beside it, so it has no name of its own.
 */
export function Sparkline({ values, places }: { values: readonly number[]; places: number }) {
  const top = Math.max(...values, 1e-9);
  const step = WIDTH / Math.max(1, places - 1);
  const points = values.map((value, index) => {
    const x = WIDTH - (values.length - 1 - index) * step;
    const y = HEIGHT - 1.5 - (value / top) * (HEIGHT - 4);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  const firstX = points[0]?.split(",")[0] ?? String(WIDTH);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      className="h-8 w-full text-accent"
    >
      <path
        d={`M0 ${HEIGHT - 0.5}H${WIDTH}`}
        stroke="var(--line)"
        vectorEffect="non-scaling-stroke"
      />
      {points.length < 2 ? null : (
        <>
          <path
            d={`M${firstX},${HEIGHT} L${points.join(" L")} L${WIDTH},${HEIGHT}Z`}
            fill="currentColor"
            opacity="0.14"
          />
          <path
            d={`M${points.join(" L")}`}
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        </>
      )}
    </svg>
  );
}
