/** A variable of the process's environment by its name, for what a vendor's own tools read. */
export type ReadVariable = (name: string) => string | undefined;

/** A package that is not installed with all others, and that a component needs with some settings. */
export interface OptionalPackage {
  readonly name: string;
  /** Who needs it, and when: `S3Destination without accessKeyId`. */
  readonly neededBy: string;
  /** What can be said or set in its place. */
  readonly instead: string;
}

/** How to get it, in the words of seed 003. */
export function installHint({ name, neededBy }: OptionalPackage): string {
  return `${neededBy} requires the "${name}" package. Install it with: npm install ${name}`;
}
