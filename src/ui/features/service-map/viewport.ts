/** What part of the map is seen: its top left corner's place in the window of the map, and how large it is. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

export const SCALE = { min: 0.08, max: 2.5 } as const;
/** A map of few services is not blown up to fill a large screen. */
const FIT_SCALE_MAX = 1.2;
const FIT_MARGIN = 16;
/** Pixels of the map that stay in its window, wherever it is pushed. */
const KEPT = 80;

/** The whole map, in the middle of its window. */
export function fitted(map: Size, window: Size): Viewport {
  if (map.width <= 0 || map.height <= 0 || window.width <= 0 || window.height <= 0)
    return { x: 0, y: 0, scale: 1 };
  const room = (of: number): number => Math.max(1, of - 2 * FIT_MARGIN);
  const wanted = Math.min(room(window.width) / map.width, room(window.height) / map.height);
  const scale = Math.max(SCALE.min, Math.min(FIT_SCALE_MAX, wanted));
  return {
    x: (window.width - map.width * scale) / 2,
    y: (window.height - map.height * scale) / 2,
    scale,
  };
}

/** `factor` times as large; what is at `point` of the window stays there. */
export function zoomed(
  view: Viewport,
  factor: number,
  point: { readonly x: number; readonly y: number },
): Viewport {
  const scale = Math.max(SCALE.min, Math.min(SCALE.max, view.scale * factor));
  const real = scale / view.scale;
  return { x: point.x - (point.x - view.x) * real, y: point.y - (point.y - view.y) * real, scale };
}

/** Moved by so many pixels, and never out of the window. */
export function moved(
  view: Viewport,
  by: { x: number; y: number },
  map: Size,
  window: Size,
): Viewport {
  const within = (at: number, length: number, room: number): number =>
    Math.min(room - KEPT, Math.max(KEPT - length, at));
  return {
    x: within(view.x + by.x, map.width * view.scale, window.width),
    y: within(view.y + by.y, map.height * view.scale, window.height),
    scale: view.scale,
  };
}

/** Moved just enough that a place of the map, with room around it, is in the window. */
export function shown(
  view: Viewport,
  place: { readonly x: number; readonly y: number },
  around: Size,
  window: Size,
): Viewport {
  const along = (at: number, from: number, length: number, room: number): number => {
    const [start, end] = [
      from + (at - length / 2) * view.scale - FIT_MARGIN,
      from + (at + length / 2) * view.scale + FIT_MARGIN,
    ];
    if (start < 0) return from - start;
    return end > room ? from - (end - room) : from;
  };
  return {
    x: along(place.x, view.x, around.width, window.width),
    y: along(place.y, view.y, around.height, window.height),
    scale: view.scale,
  };
}

/** The place nearest to `from` in the direction of an arrow key; undefined where there is none. */
export function nearest(
  places: readonly { readonly x: number; readonly y: number }[],
  from: number,
  key: string,
): number | undefined {
  const [stepX, stepY] = {
    ArrowRight: [1, 0],
    ArrowLeft: [-1, 0],
    ArrowDown: [0, 1],
    ArrowUp: [0, -1],
  }[key] ?? [0, 0];
  const start = places[from];
  if (start === undefined || (stepX === 0 && stepY === 0)) return undefined;
  let [best, bestCost] = [undefined as number | undefined, Number.POSITIVE_INFINITY];
  for (const [place, { x, y }] of places.entries()) {
    const [dx, dy] = [x - start.x, y - start.y];
    const along = dx * stepX! + dy * stepY!;
    const aside = Math.abs(dx * stepY!) + Math.abs(dy * stepX!);
    // What lies more to the side than ahead is reached by another arrow.
    if (place === from || along <= 0 || aside > along * 2) continue;
    const cost = along + aside * 2;
    if (cost < bestCost) [best, bestCost] = [place, cost];
  }
  return best;
}
