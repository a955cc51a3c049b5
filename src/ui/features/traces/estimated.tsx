import { percent } from "../../lib/format.ts";

/** Says of counts that they were raised from a part of the range; nothing where all of it was read. */
export function Estimated({ share }: { share: number }) {
  if (share >= 1) return null;
  return (
    <span className="font-normal text-faint" title="Counted in part of the range, and raised">
      ~ from {percent(share)}
    </span>
  );
}
