import { useEffect, useState, type ComponentProps } from "react";
import { CheckIcon, CopyIcon } from "./icons.tsx";

type ButtonProps = ComponentProps<"button">;

const SHAPE =
  "inline-flex h-7 shrink-0 items-center justify-center gap-1.5 rounded-md border px-2 text-xs font-medium whitespace-nowrap transition-colors";

const QUIET =
  "border-line bg-surface text-muted hover:border-line-strong hover:bg-hover hover:text-text";

/** The look of {@link Button}, for what is a button otherwise, such as that of a popover. */
export const BUTTON_CLASS = `${SHAPE} ${QUIET}`;

/** A quiet button with words; `pressed` makes it a toggle. */
export function Button({
  pressed,
  className = "",
  ...rest
}: ButtonProps & { pressed?: boolean | undefined }) {
  const look = pressed === true ? "border-accent bg-selected text-text" : QUIET;
  return (
    <button
      type="button"
      {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
      {...rest}
      className={`${SHAPE} ${look} ${className}`}
    />
  );
}

/** A button that is only an icon; `label` is its name and its tooltip. */
export function IconButton({
  label,
  className = "",
  ...rest
}: Omit<ButtonProps, "aria-label" | "title"> & { label: string }) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={label}
      className={`inline-flex size-7 shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-hover hover:text-text ${className}`}
    />
  );
}

const COPIED_MS = 1_600;

/** What came of an attempt to copy, for a moment. */
export type CopyState = "idle" | "copied" | "refused";

/** Copies a text when it is called, and says for a moment what came of it. */
export function useCopy(): readonly [CopyState, (text: string) => void] {
  const [state, setState] = useState<CopyState>("idle");
  useEffect(() => {
    if (state === "idle") return undefined;
    const timer = setTimeout(() => setState("idle"), COPIED_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (text: string): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      setState("refused");
    }
  };
  return [state, (text) => void copy(text)];
}

/** What {@link CopyState} is in words, for what is called `label` otherwise. */
export function copyWords(state: CopyState, label: string): string {
  return { idle: label, copied: "Copied", refused: "The browser does not allow copying" }[state];
}

/** Copies `text`; says so in its name for a moment, and when the browser forbids it. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [state, copy] = useCopy();
  const words = copyWords(state, label);
  return (
    <>
      <IconButton label={words} onClick={() => copy(text)}>
        {state === "copied" ? (
          <CheckIcon className="size-3.5 text-good" />
        ) : (
          <CopyIcon className="size-3.5" />
        )}
      </IconButton>
      <span role="status" className="sr-only">
        {state === "idle" ? "" : words}
      </span>
    </>
  );
}
