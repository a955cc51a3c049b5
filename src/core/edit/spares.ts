/** Columns kept for the next edits. More are in use at once only where an edit's callback edits too. */
const SPARES_MAX = 4;

/** Scratch memory of edits: kept between them, given back by `reset` when it grew large. */
export class Spares<T extends { reset(): void }> {
  private readonly free: T[] = [];
  private readonly create: () => T;

  constructor(create: () => T) {
    this.create = create;
  }

  /** Lends an empty column for the time of `use`. */
  borrow<R>(use: (column: T) => R): R {
    const column = this.free.pop() ?? this.create();
    try {
      return use(column);
    } finally {
      column.reset();
      if (this.free.length < SPARES_MAX) this.free.push(column);
    }
  }
}
