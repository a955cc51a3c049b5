import { useEffect, useRef, useState } from "react";
import { startWorker } from "../../lib/script-address.ts";
// oxlint-disable-next-line import/default -- the build makes this module: its default is the address
import workerAddress from "./layout.worker.ts?worker&url";
import { LayoutAsker } from "./layout-asker.ts";
import type { MapLayout } from "./layout.ts";
import { isWithin, layoutRequest, type MapShape } from "./map-graph.ts";

/** A layout and the map that it was made for. */
export interface LaidOutMap {
  readonly shape: MapShape;
  readonly layout: MapLayout;
}

/**
 * Where everything on a map stands. The layout of before stays while the next is made, and for as long as
 * nothing new comes to the map; `subject` says of what it is the map, and another one is laid out afresh.
 */
export function useLayout(
  shape: MapShape | undefined,
  subject: string,
): { map: LaidOutMap | undefined; isFailed: boolean } {
  const [found, setFound] = useState<{ subject: string; map: LaidOutMap }>();
  const [failed, setFailed] = useState<string>();
  const asker = useRef<LayoutAsker>(undefined);
  const asked = useRef<{ subject: string; shape: MapShape }>(undefined);
  useEffect(() => {
    const own = new LayoutAsker(() => startWorker(workerAddress));
    asker.current = own;
    return () => {
      own.stop();
      asked.current = undefined;
    };
  }, []);
  const isKnown =
    shape === undefined || (found?.subject === subject && isWithin(shape, found.map.shape));
  useEffect(() => {
    if (isKnown || shape.services.length === 0) return;
    // The page asks for the figures more often than a large map is laid out.
    const { current } = asked;
    if (current?.subject === subject && isWithin(shape, current.shape)) return;
    asked.current = { subject, shape };
    asker.current?.ask(layoutRequest(shape), {
      onLayout: (layout) => {
        setFailed(undefined);
        setFound({ subject, map: { shape, layout } });
      },
      onFailure: (isTooLarge) => {
        setFailed(subject);
        // With the next figures it is tried again, but for what would take as long again.
        if (!isTooLarge) asked.current = undefined;
      },
    });
  }, [isKnown, shape, subject]);
  return { map: found?.map, isFailed: failed === subject && !isKnown };
}
