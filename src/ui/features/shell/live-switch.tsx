import { useNavigate } from "@tanstack/react-router";
import { Button } from "../../components/button.tsx";
import { PauseIcon, PlayIcon } from "../../components/icons.tsx";
import { useCommands } from "../../lib/commands.ts";
import { useLive } from "../../lib/live.ts";

/** Stops and restarts everything that moves by itself. */
export function LiveSwitch() {
  const isLive = useLive();
  const navigate = useNavigate();
  const turn = (): void => {
    void navigate({
      to: ".",
      search: (search) => ({ ...search, live: isLive ? "off" : undefined }),
      replace: true,
      resetScroll: false,
    });
  };
  const title = isLive ? "Stop following the data" : "Follow the data again";
  useCommands([
    { id: "shell.live", title, group: "This page", keys: ".", isOnce: true, run: turn },
  ]);
  return (
    <Button onClick={turn} title={title}>
      {isLive ? <PauseIcon className="size-3.5" /> : <PlayIcon className="size-3.5" />}
      <span className="max-sm:sr-only">{isLive ? "Pause" : "Resume"}</span>
    </Button>
  );
}
