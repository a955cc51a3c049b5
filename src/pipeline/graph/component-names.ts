/**
 * The name of a component in the graph as that of what it has on disk: the file of a cursor, the folder of a
 * journal, of dead letters, of what a receiver keeps.
 *
 * @example
 * fileNameOf("webhook/slack"); // "webhook.slack"
 */
export function fileNameOf(component: string): string {
  return component.replace("/", ".");
}

/** And back: neither a type nor a name of one's own has a dot. */
export function componentOfFile(name: string): string {
  return name.replace(".", "/");
}
