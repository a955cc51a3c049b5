import type { AnswerOf, OperationId } from "#api/contract/routes.ts";

/**
 * What the tiny server answers to each question of the pages; a function answers anew each time. What is
 * not here is refused.
 */
export type Answers = {
  readonly [Id in OperationId]?: AnswerOf<Id> | ((url: URL) => AnswerOf<Id>);
};
