import { copyWords, IconButton, useCopy } from "../../components/button.tsx";
import { CheckIcon, LinkIcon } from "../../components/icons.tsx";
import { useCommands } from "../../lib/commands.ts";
import { sharedAddress } from "../../lib/share-link.ts";

/** Copies the address of what is shown, so that it shows somebody else the same moments. */
export function ShareButton({ isRanged }: { isRanged: boolean }) {
  const [state, copy] = useCopy();
  const share = (): void => copy(sharedAddress(new URL(location.href), isRanged, Date.now()));
  const title = isRanged ? "Copy a link to these moments" : "Copy a link to this page";
  useCommands([
    { id: "shell.share", title, group: "This page", keys: "y", isOnce: true, run: share },
  ]);
  const words = copyWords(state, title);
  return (
    <>
      <IconButton label={words} onClick={share}>
        {state === "copied" ? <CheckIcon className="size-4 text-good" /> : <LinkIcon />}
      </IconButton>
      <span role="status" className="sr-only">
        {state === "idle" ? "" : words}
      </span>
    </>
  );
}
