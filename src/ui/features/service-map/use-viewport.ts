import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { fitted, moved, shown, type Viewport, zoomed } from "./viewport.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface MapMoves {
  readonly fit: () => void;
  readonly zoom: (factor: number) => void;
  readonly move: (x: number, y: number) => void;
  /** Brings a place of the map, with so much around it, into the window. */
  readonly show: (place: { x: number; y: number }, around: Size) => void;
}

const WHEEL_SPEED = 0.0016;
/** A line of a wheel that counts in lines, in pixels. */
const LINE_PIXELS = 16;
/** A press that moves less is a click. */
const CLICK_PIXELS = 4;
/** Below it the words on the map are too small to be read, and are left out. */
const READABLE_SCALE = 0.42;

/**
 * Pushes and zooms `layer` within `frame`: by mouse, wheel and fingers, and by the moves that it gives back for
 * keys and buttons. Drawn without React, since it changes with each frame. The whole map is shown until a
 * reader has moved it, and when `subject` changes.
 */
export function useMapViewport(
  frame: RefObject<HTMLElement | null>,
  layer: RefObject<HTMLElement | null>,
  map: Size,
  size: Size,
  subject: string,
): MapMoves {
  const view = useRef<Viewport>({ x: 0, y: 0, scale: 1 });
  const isOwn = useRef(false);
  const sizes = useRef({ map, window: size });
  useLayoutEffect(() => {
    sizes.current = { map, window: size };
  });

  const put = useCallback(
    (next: Viewport): void => {
      view.current = next;
      if (layer.current !== null) draw(layer.current, next);
    },
    [layer],
  );
  const moves = useMemo<MapMoves>(() => {
    const change = (next: Viewport): void => {
      isOwn.current = true;
      put(next);
    };
    return {
      fit: () => {
        isOwn.current = false;
        put(fitted(sizes.current.map, sizes.current.window));
      },
      zoom: (factor) => {
        const { width, height } = sizes.current.window;
        change(zoomed(view.current, factor, { x: width / 2, y: height / 2 }));
      },
      move: (x, y) =>
        change(moved(view.current, { x, y }, sizes.current.map, sizes.current.window)),
      show: (place, around) => put(shown(view.current, place, around, sizes.current.window)),
    };
  }, [put]);

  useLayoutEffect(() => {
    isOwn.current = false;
  }, [subject]);
  useLayoutEffect(() => {
    if (isOwn.current) put(view.current);
    else
      put(
        fitted(
          { width: map.width, height: map.height },
          { width: size.width, height: size.height },
        ),
      );
  }, [put, subject, map.width, map.height, size.width, size.height]);

  useGestures(frame, {
    zoomAt: useCallback(
      (factor, point) => {
        isOwn.current = true;
        put(zoomed(view.current, factor, point));
      },
      [put],
    ),
    move: moves.move,
  });
  return moves;
}

function draw(element: HTMLElement, { x, y, scale }: Viewport): void {
  element.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
  element.dataset["far"] = String(scale < READABLE_SCALE);
}

interface Gestures {
  readonly zoomAt: (factor: number, point: { x: number; y: number }) => void;
  readonly move: (x: number, y: number) => void;
}

/** Listens outside of React, whose wheel listeners cannot keep the page from scrolling. */
function useGestures(frame: RefObject<HTMLElement | null>, { zoomAt, move }: Gestures): void {
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const fingers = new Map<number, { x: number; y: number }>();
    let pushed = 0;
    const placeOf = (event: MouseEvent): { x: number; y: number } => {
      const { left, top } = element.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      const pixels =
        event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE_PIXELS : event.deltaY;
      // A pinch on a touchpad comes as a wheel with Ctrl, in smaller steps.
      zoomAt(Math.exp(-pixels * WHEEL_SPEED * (event.ctrlKey ? 5 : 1)), placeOf(event));
    };
    const down = (event: PointerEvent): void => {
      if (event.button !== 0) return;
      fingers.set(event.pointerId, placeOf(event));
      pushed = 0;
    };
    const drag = (event: PointerEvent): void => {
      const before = fingers.get(event.pointerId);
      if (before === undefined) return;
      if (event.buttons === 0) {
        // It was let go outside of the window, which nobody has told.
        fingers.delete(event.pointerId);
        return;
      }
      const now = placeOf(event);
      const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      fingers.set(event.pointerId, now);
      if (other !== undefined) {
        const distance = (at: { x: number; y: number }): number =>
          Math.max(1, Math.hypot(at.x - other.x, at.y - other.y));
        zoomAt(distance(now) / distance(before), {
          x: (now.x + other.x) / 2,
          y: (now.y + other.y) / 2,
        });
      }
      const share = other === undefined ? 1 : 0.5;
      pushed += Math.hypot(now.x - before.x, now.y - before.y);
      if (pushed < CLICK_PIXELS) return;
      // From now on it is no click on what lies below.
      if (!element.hasPointerCapture(event.pointerId)) element.setPointerCapture(event.pointerId);
      move((now.x - before.x) * share, (now.y - before.y) * share);
    };
    const up = (event: PointerEvent): void => {
      fingers.delete(event.pointerId);
    };
    const options = { passive: false } as const;
    element.addEventListener("wheel", wheel, options);
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", drag);
    for (const end of ["pointerup", "pointercancel"] as const) element.addEventListener(end, up);
    return () => {
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", drag);
      for (const end of ["pointerup", "pointercancel"] as const)
        element.removeEventListener(end, up);
    };
  }, [frame, zoomAt, move]);
}
