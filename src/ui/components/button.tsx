import { useEffect, useState, type ComponentProps } from "react";
import { CheckIcon, CopyIcon } from "./icons.tsx";

type ButtonProps = ComponentProps<"button">;

const SHAPE =
  "inline-flex h-7 shrink-0 items-center justify-center gap-1.5 rounded-md border px-2 text-xs font-medium whitespace-nowrap transition-colors";

/** A quiet button with words; `pressed` makes it a toggle. */
export function Button({
  pressed,
  className = "",
  ...rest
}: ButtonProps & { pressed?: boolean | undefined }) {
  const look =
    pressed === true
      ? "border-accent bg-selected text-text"
      : "border-line bg-surface text-muted hover:border-line-strong hover:bg-hover hover:text-text";
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

/** Copies `text`; says so in its name for a moment, and when the browser forbids it. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");
  useEffect(() => {
    if (state === "idle") return undefined;
    const timer = setTimeout(() => setState("idle"), COPIED_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      setState("refused");
    }
  };
  const words = { idle: label, copied: "Copied", refused: "The browser does not allow copying" };
  return (
    <>
      <IconButton label={words[state]} onClick={() => void copy()}>
        {state === "copied" ? (
          <CheckIcon className="size-3.5 text-good" />
        ) : (
          <CopyIcon className="size-3.5" />
        )}
      </IconButton>
      <span role="status" className="sr-only">
        {state === "idle" ? "" : words[state]}
      </span>
    </>
  );
}
