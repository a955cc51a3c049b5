import type { Page } from "playwright-core";

/** What the browser says of one opening of a page, in milliseconds from the start of the navigation. */
export interface Paints {
  readonly firstMs: number;
  readonly largestMs: number;
  /** When the element that was waited for was there and painted. */
  readonly contentMs: number;
}

interface Watched {
  largestMs: number;
  contentMs: number;
  /** The longest event of each interaction, by its id. */
  readonly interactions: Map<number, number>;
}

/** After its content a page may still paint something larger. */
const PAINTS_SETTLE_MS = 1_000;

type Watching = Window & { watched: Watched };

/**
 * Has a page watch its own paints and interactions from its first moment on; `content` is a selector of what
 * it is opened for. To be called before the page goes anywhere.
 */
export async function watch(page: Page, content: string): Promise<void> {
  await page.addInitScript((selector) => {
    const watched: Watched = { largestMs: 0, contentMs: 0, interactions: new Map() };
    (window as unknown as Watching).watched = watched;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) watched.largestMs = entry.startTime;
    }).observe({ type: "largest-contentful-paint", buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { interactionId?: number })[]) {
        const id = entry.interactionId ?? 0;
        if (id === 0) continue;
        watched.interactions.set(id, Math.max(watched.interactions.get(id) ?? 0, entry.duration));
      }
    }).observe({ type: "event", durationThreshold: 16, buffered: true } as PerformanceObserverInit);
    const look = (): void => {
      if (document.querySelector(selector) === null) requestAnimationFrame(look);
      else {
        // The frame that shows it has been painted when the next one begins.
        requestAnimationFrame(() => (watched.contentMs = performance.now()));
      }
    };
    requestAnimationFrame(look);
  }, content);
}

/** The paints of the page so far; resolves once its content has been painted. */
export async function paintsOf(page: Page): Promise<Paints> {
  await page.waitForFunction(
    () => (window as unknown as Watching).watched.contentMs > 0,
    undefined,
    {
      polling: 50,
      timeout: 60_000,
    },
  );
  // A page's stream of what is new never ends, so that its network is never idle.
  await page.waitForTimeout(PAINTS_SETTLE_MS);
  return page.evaluate(() => {
    const { largestMs, contentMs } = (window as unknown as Watching).watched;
    const [first] = performance.getEntriesByName("first-contentful-paint");
    return { firstMs: first?.startTime ?? Number.NaN, largestMs, contentMs };
  });
}

/** How long the page took from each press or click to the next paint, 8 ms where it was too short to be told. */
export async function interactionsOf(page: Page, presses: number): Promise<number[]> {
  // Entries come after the frame that they are about.
  await page.evaluate(async () => {
    for (let frame = 0; frame < 10; frame++) await new Promise<number>(requestAnimationFrame);
  });
  const slow = await page.evaluate(() => [
    ...(window as unknown as Watching).watched.interactions.values(),
  ]);
  return [...slow, ...Array.from({ length: Math.max(0, presses - slow.length) }, () => 8)];
}

/** Frames a second while an element is scrolled, and the longest of them. */
export interface Scrolled {
  readonly framesPerSecond: number;
  readonly longestFrameMs: number;
  readonly pixels: number;
}

/** Scrolls the nearest scrolling element around `selector` by so many pixels a frame, for so long. */
export async function scrolled(
  page: Page,
  selector: string,
  { pixelsAFrame, ms }: { pixelsAFrame: number; ms: number },
): Promise<Scrolled> {
  return page.evaluate(
    async ([target, step, duration]) => {
      let element: Element | null = document.querySelector(target);
      while (element !== null && element.scrollHeight <= element.clientHeight + 1) {
        element = element.parentElement;
      }
      const scroller = element ?? document.scrollingElement!;
      scroller.scrollTop = 0;
      await new Promise<number>(requestAnimationFrame);
      let frames = 0;
      let longestFrameMs = 0;
      let direction = 1;
      const startMs = performance.now();
      let beforeMs = startMs;
      let pixels = 0;
      while (beforeMs - startMs < duration) {
        const top = scroller.scrollTop;
        scroller.scrollTop += direction * step;
        pixels += step;
        if (scroller.scrollTop === top) direction = -direction;
        const nowMs = await new Promise<number>((resolve) => {
          requestAnimationFrame(() => resolve(performance.now()));
        });
        frames++;
        longestFrameMs = Math.max(longestFrameMs, nowMs - beforeMs);
        beforeMs = nowMs;
      }
      return { framesPerSecond: (1_000 * frames) / (beforeMs - startMs), longestFrameMs, pixels };
    },
    [selector, pixelsAFrame, ms] as const,
  );
}
