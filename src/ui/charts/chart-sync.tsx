import { createContext, use, useState, useSyncExternalStore, type ReactNode } from "react";

/** The moment that a reader points at, and where: in the chart of that id the values are told. */
export interface CrossHair {
  readonly timeMs: number;
  readonly chart: string;
}

/** A stretch of time that a reader is about to choose. */
export interface Brush {
  readonly fromMs: number;
  readonly toMs: number;
  readonly chart: string;
}

/** What the charts of a page share while a reader points. Kept outside of React's state: it changes with each move. */
export class ChartPointer {
  readonly #listeners = new Set<() => void>();
  #hair: CrossHair | undefined;
  #brush: Brush | undefined;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly hair = (): CrossHair | undefined => this.#hair;
  readonly brush = (): Brush | undefined => this.#brush;

  /** Moves the cross-hair; undefined takes it away. */
  point(hair: CrossHair | undefined): void {
    if (hair?.timeMs === this.#hair?.timeMs && hair?.chart === this.#hair?.chart) return;
    this.#hair = hair;
    this.#tell();
  }

  /** Begins, widens, or with undefined ends a brush. */
  mark(brush: Brush | undefined): void {
    if (brush === undefined && this.#brush === undefined) return;
    this.#brush = brush;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

const PointerContext = createContext<ChartPointer | undefined>(undefined);

/**
 * Around the charts of a page: they share one cross-hair and one brush. A chart outside of it has its own.
 *
 * @example
 * <ChartSync><TimeChart … /><TimeChart … /></ChartSync>
 */
export function ChartSync({ children }: { children: ReactNode }) {
  const [pointer] = useState(() => new ChartPointer());
  return <PointerContext value={pointer}>{children}</PointerContext>;
}

/** The pointer of the {@link ChartSync} around, or one for this chart alone. For charts of other kinds, too. */
export function useChartPointer(): ChartPointer {
  const shared = use(PointerContext);
  const [own] = useState(() => new ChartPointer());
  return shared ?? own;
}

export function useCrossHair(pointer: ChartPointer): CrossHair | undefined {
  return useSyncExternalStore(pointer.subscribe, pointer.hair);
}

export function useBrush(pointer: ChartPointer): Brush | undefined {
  return useSyncExternalStore(pointer.subscribe, pointer.brush);
}
