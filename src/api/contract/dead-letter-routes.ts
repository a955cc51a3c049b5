import {
  deadLetterAnswer,
  deadLetterParams,
  deadLettersAnswer,
  deadLettersQuery,
  deletedAnswer,
  replayAnswer,
  replayQuery,
} from "./dead-letters.ts";
import type { Route } from "./route.ts";

/** What is asked of dead letters, and done with them. */
export const DEAD_LETTER_ROUTES = {
  listDeadLetters: {
    path: "/api/v1/dead-letters",
    tag: "Dead letters",
    summary: "Rows that destinations will not take, with the reason of each",
    description: "Destination by destination, and of each the oldest first.",
    query: deadLettersQuery,
    answer: deadLettersAnswer,
  },
  getDeadLetter: {
    path: "/api/v1/dead-letters/{id}",
    tag: "Dead letters",
    summary: "One dead letter with its row",
    params: deadLetterParams,
    answer: deadLetterAnswer,
  },
  replayDeadLetters: {
    method: "POST",
    path: "/api/v1/dead-letters/replay",
    tag: "Dead letters",
    summary: "Sends the dead letters of a destination again",
    description:
      "From the oldest on, each by itself. It ends when ten in a row are not taken. Those that are taken are deleted.",
    query: replayQuery,
    answer: replayAnswer,
  },
  replayDeadLetter: {
    method: "POST",
    path: "/api/v1/dead-letters/{id}/replay",
    tag: "Dead letters",
    summary: "Sends one dead letter to its destination again",
    params: deadLetterParams,
    answer: replayAnswer,
  },
  deleteDeadLetter: {
    method: "DELETE",
    path: "/api/v1/dead-letters/{id}",
    tag: "Dead letters",
    summary: "Deletes one dead letter for good",
    params: deadLetterParams,
    answer: deletedAnswer,
  },
} as const satisfies Record<string, Route>;
