import { SightglassError, type ErrorCode } from "#core/errors.ts";
import { ConfigError } from "#config/problems.ts";

/**
 * What the process ends with. Part of the public contract: a number never changes its meaning, so
 * that a supervisor can tell what will heal on its own from what needs a person.
 */
export const EXIT_CODES = {
  /** Done, or stopped by a signal with everything in order. */
  ok: 0,
  /** A failure that has no code of its own; the message tells more. */
  failed: 1,
  /** The command line is not understood. */
  usage: 2,
  /** The configuration is not valid. Every problem is listed. */
  config_invalid: 10,
  /** An address is in use by another program. */
  address_unavailable: 11,
  /** Another process uses the data folder. */
  data_folder_in_use: 12,
  /** The data folder was written by a newer version of Sightglass. */
  data_folder_newer: 13,
  /** The data folder cannot be made, read or written. */
  data_folder_unusable: 14,
  /** The store could not be brought to this version's schema. Nothing was lost; starting again goes on. */
  migration_failed: 15,
  /** This machine cannot run Sightglass: its Node or its processor is too old. */
  machine_unsupported: 16,
  /** The store cannot be opened or reached. */
  store_unavailable: 17,
  /** No running server answers where the configuration says it listens. */
  server_unreachable: 18,
} as const;

export type ExitName = keyof typeof EXIT_CODES;

/** Ends the process with its code and its message, without a stack: the message is all that helps. */
export class ExitError extends Error {
  readonly exit: ExitName;

  constructor(exit: ExitName, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ExitError";
    this.exit = exit;
  }
}

/** Errors of the layers below that end the start. */
const EXIT_OF_ERROR: Partial<Record<ErrorCode, ExitName>> = {
  config_invalid: "config_invalid",
  port_in_use: "address_unavailable",
  data_in_use: "data_folder_in_use",
  data_newer: "data_folder_newer",
  data_mismatch: "data_folder_unusable",
  engine_unsupported: "machine_unsupported",
  store_unavailable: "store_unavailable",
};

/** The code and the lines to print for whatever ended a command. */
export function exitOf(error: unknown): { code: number; message: string } {
  if (error instanceof ExitError) return { code: EXIT_CODES[error.exit], message: error.message };
  if (error instanceof ConfigError) {
    const count = error.problems.length === 1 ? "1 problem" : `${error.problems.length} problems`;
    return {
      code: EXIT_CODES.config_invalid,
      message: `The configuration has ${count}:\n${error.message}`,
    };
  }
  if (error instanceof SightglassError) {
    const exit = EXIT_OF_ERROR[error.code];
    if (exit !== undefined) return { code: EXIT_CODES[exit], message: error.message };
  }
  const message =
    error instanceof Error ? (error.stack ?? error.message) : `A ${typeof error} was thrown`;
  return { code: EXIT_CODES.failed, message };
}
