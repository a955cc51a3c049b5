import { SightglassError } from "#core/errors.ts";
import type { ProblemDetail } from "../contract/problem.ts";

/** A `bad_request` that says of each fault where it is, what was found and what is allowed. */
export class InvalidRequest extends SightglassError {
  readonly faults: readonly ProblemDetail[];

  constructor(faults: readonly ProblemDetail[]) {
    const sentences = faults.map(
      ({ where, found, allowed }) => `${where}: found ${found}, allowed: ${allowed}`,
    );
    super("bad_request", sentences.join("; "));
    this.name = "InvalidRequest";
    this.faults = faults;
  }
}
