import { isMac } from "../lib/commands.ts";
import { keyWords } from "../lib/key-strokes.ts";

/** The keys of a command as they stand on the keyboard: `Ctrl K`, `G then T`. */
export function Keys({ keys, className = "" }: { keys: string; className?: string }) {
  return (
    <span className={`inline-flex shrink-0 items-center gap-1 ${className}`}>
      {keyWords(keys, isMac()).map((stroke, index) => (
        <span key={index} className="inline-flex items-center gap-0.5">
          {index === 0 ? null : <span className="sr-only">then</span>}
          {stroke.map((word) => (
            <kbd
              key={word}
              className="inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-sm border border-line bg-sunken px-1 font-sans text-2xs text-muted"
            >
              {word}
            </kbd>
          ))}
        </span>
      ))}
    </span>
  );
}
