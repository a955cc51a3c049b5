/** Room of the rows of a table that are not drawn, since they are out of view. */
export function RowGap({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true">
      {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- hidden: it only keeps the room */}
      <td colSpan={columns} style={{ height, padding: 0 }} />
    </tr>
  );
}
