export const KINDS = ["receiver", "processor", "destination"] as const;
export type Kind = (typeof KINDS)[number];

/** A component that is to be made, and what its parts are called. */
export interface Component {
  readonly kind: Kind;
  /** The folder of its kind: `processors`. */
  readonly kinds: string;
  /** As in a configuration: `drop_noise`. */
  readonly type: string;
  /** From the root of the repository. */
  readonly folder: string;
  /** Its main file without the ending: `drop-noise`. */
  readonly file: string;
  /** What it exports: `dropNoise`. */
  readonly value: string;
  /** What its types begin with: `DropNoise`. */
  readonly name: string;
  /** What loads it, in the list of all components. */
  readonly loader: string;
  /** How the conformance suite reaches it, where the suite cannot tell by itself. */
  readonly conformanceCase: string | undefined;
}

/** Words that a variable cannot be called. */
const RESERVED =
  /^(case|class|const|default|delete|do|else|enum|export|for|function|if|import|in|new|return|switch|this|throw|try|typeof|var|void|while|with|yield|let|static|await|null|true|false|super)$/;

export function namesOf(kind: Kind, type: string): Component {
  const words = type.split("_");
  const name = words.map((word) => `${word[0]!.toUpperCase()}${word.slice(1)}`).join("");
  const plain = `${name[0]!.toLowerCase()}${name.slice(1)}`;
  const value = RESERVED.test(plain) ? `${plain}${kind[0]!.toUpperCase()}${kind.slice(1)}` : plain;
  const kinds = `${kind}s`;
  // A receiver or destination is a noun that its folder tells; a processor's verb is its file's name.
  const file = kind === "processor" ? words.join("-") : kind;
  return {
    kind,
    kinds,
    type,
    folder: `src/${kinds}/${type}`,
    file,
    value,
    name,
    loader: `async () => register((await import("#${kinds}/${type}/${file}.ts")).${value})`,
    conformanceCase:
      kind === "receiver"
        ? `{ request: () => ({ path: "/${type}", headers: { "content-type": "text/plain" }, body: "a line" }) }`
        : undefined,
  };
}
