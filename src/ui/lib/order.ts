/** How the rows of a table are ordered. */
export interface Order<Column extends string> {
  readonly column: Column;
  readonly descending: boolean;
}

/** The order of an address: the column, `-` before it when descending; `otherwise` where it says none of them. */
export function parseOrder<Column extends string>(
  text: string | undefined,
  columns: readonly Column[],
  otherwise: Order<Column>,
): Order<Column> {
  const column = columns.find((name) => name === text?.replace(/^-/, ""));
  if (column === undefined) return otherwise;
  return { column, descending: text?.startsWith("-") ?? false };
}

/** The order after a click on `column`, as it stands in an address: numbers start with the largest, names with A. */
export function nextOrder<Column extends string>(
  { column, descending }: Order<Column>,
  clicked: Column,
  isNumeric: boolean,
): string {
  const down = column === clicked ? !descending : isNumeric;
  return `${down ? "-" : ""}${clicked}`;
}

/** What the head of a column says of the order. */
export function directionOf<Column extends string>(
  order: Order<Column>,
  column: Column,
): "ascending" | "descending" | undefined {
  if (order.column !== column) return undefined;
  return order.descending ? "descending" : "ascending";
}

/** The rows in order; those that are equal by their names, so that they stay where they are. */
export function ordered<Row>(
  rows: readonly Row[],
  options: {
    readonly descending: boolean;
    readonly by: (row: Row) => string | number;
    readonly name: (row: Row) => string;
  },
): Row[] {
  const { by, name } = options;
  const sign = options.descending ? -1 : 1;
  return rows.toSorted((left, right) => {
    const [one, other] = [by(left), by(right)];
    const difference =
      typeof one === "number" && typeof other === "number"
        ? one - other
        : String(one).localeCompare(String(other), "en");
    return sign * difference || name(left).localeCompare(name(right), "en");
  });
}
