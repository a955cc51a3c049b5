/** What takes a change back that could not be made whole, step by step, the last first. */
export class UndoList {
  private readonly steps: (() => Promise<void>)[] = [];
  private readonly onFailure: (error: unknown) => void;

  /** @param onFailure told of each step that fails; the others are taken nevertheless. */
  constructor(onFailure: (error: unknown) => void) {
    this.onFailure = onFailure;
  }

  add(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  /** Never rejects. */
  async run(): Promise<void> {
    for (const step of this.steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        this.onFailure(error);
      }
    }
  }
}
