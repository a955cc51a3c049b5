import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, type Ref } from "react";
import { useElementSize } from "../lib/element-size.ts";
import { type CanvasColors, useCanvasColors } from "../lib/canvas-colors.ts";
import { CrossHairLayer, type CrossHairProps } from "./cross-hair.tsx";
import { Plot, type PlotArea, type PlotContent, shapeOf } from "./plot.ts";

/** Without a pixel nothing can be drawn. */
const WIDTH_MIN = 40;

/** The canvas of a chart with what lies over it: the cross-hair, the values under it, the brush. */
export function PlotCanvas({
  content,
  height,
  canvasRef,
  ...layer
}: {
  content: PlotContent;
  /** CSS pixels, axes included. */
  height: number;
  /** Given the canvas, for a picture of it. */
  canvasRef: Ref<HTMLCanvasElement | null>;
} & Omit<CrossHairProps, "plot" | "area" | "content">) {
  const host = useRef<HTMLDivElement>(null);
  const { width } = useElementSize(host);
  const colors = useCanvasColors();
  const { plot, area } = usePlot(host, content, colors, width, height);
  useImperativeHandle<HTMLCanvasElement | null, HTMLCanvasElement | null>(
    canvasRef,
    () => plot?.canvas ?? null,
    [plot],
  );
  return (
    <div className="relative" style={{ height }}>
      <div ref={host} aria-hidden="true" className="absolute inset-0" />
      {plot === undefined || area === undefined ? null : (
        <CrossHairLayer {...layer} plot={plot} area={area} content={content} />
      )}
    </div>
  );
}

function usePlot(
  host: React.RefObject<HTMLDivElement | null>,
  content: PlotContent,
  colors: CanvasColors,
  width: number,
  height: number,
): { plot: Plot | undefined; area: PlotArea | undefined } {
  const [plot, setPlot] = useState<Plot>();
  const [area, setArea] = useState<PlotArea>();
  const isWide = width >= WIDTH_MIN;
  const shape = shapeOf(content, colors);
  const latest = useRef({ content, colors, width, height });
  useLayoutEffect(() => {
    latest.current = { content, colors, width, height };
  });
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null || !isWide) return undefined;
    const made: Plot = new Plot(element, {
      ...latest.current,
      onDraw: () => setArea((before) => changed(before, made.area())),
    });
    // oxlint-disable-next-line react/set-state-in-effect -- a drawing needs its element, which is there only now
    setPlot(made);
    return () => {
      made.destroy();
      setPlot(undefined);
    };
  }, [host, shape, isWide]);
  useEffect(() => {
    plot?.update(content);
  }, [plot, content]);
  useEffect(() => {
    if (isWide) plot?.resize(width, height);
  }, [plot, isWide, width, height]);
  return { plot, area };
}

/** The area before where nothing moved, so that nothing is drawn anew for it. */
function changed(before: PlotArea | undefined, now: PlotArea): PlotArea {
  const isSame =
    before !== undefined &&
    before.left === now.left &&
    before.top === now.top &&
    before.width === now.width &&
    before.height === now.height;
  return isSame ? before : now;
}
