/**
 * Splits SQL at its semicolons, leaving those inside quotes and comments alone. Comments before a
 * statement are dropped: they explain the template, and a snapshot of what runs needs none.
 */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let current = "";
  for (const [token] of text.matchAll(TOKENS)) {
    if (token.startsWith("--") || token.startsWith("/*")) continue;
    if (token !== ";") {
      current += token;
      continue;
    }
    pushTrimmed(statements, current);
    current = "";
  }
  pushTrimmed(statements, current);
  return statements;
}

/** Comments, quoted text (with backslash and doubled quotes), a semicolon, or a run of anything else. */
const TOKENS =
  /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"|`(?:[^`\\]|\\[\s\S])*`|;|[^;'"`/-]+|[/-]/g;

function pushTrimmed(statements: string[], statement: string): void {
  const trimmed = statement.trim();
  if (trimmed !== "") statements.push(trimmed);
}
