import { useId, useRef, useState, type ReactNode, type ToggleEvent } from "react";

/** Room to the edges of the window, and below the button, in CSS pixels. */
const MARGIN = 8;
const GAP = 6;
/** Narrower windows give it their whole width. */
const PHONE = 640;

/**
 * A panel that opens below its button, above everything: the browser's own, closed by Escape and by a press
 * elsewhere. `children` is given what closes it, and is there only while it is open.
 */
export function Popover(props: {
  /** The accessible name of the panel. */
  title: string;
  /** The name and tooltip of the button, where its content does not say enough. */
  label?: string;
  button: ReactNode;
  buttonClass?: string;
  panelClass?: string;
  children: (close: () => void) => ReactNode;
}) {
  const { title, label, button, buttonClass = "", panelClass = "", children } = props;
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const toggled = (event: ToggleEvent): void => {
    if (event.newState === "open") place(opener.current, panel.current);
    setOpen(event.newState === "open");
  };
  return (
    <>
      <button
        ref={opener}
        type="button"
        popoverTarget={id}
        aria-haspopup="dialog"
        {...(label === undefined ? {} : { "aria-label": label, title: label })}
        className={buttonClass}
      >
        {button}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={title}
        onBeforeToggle={toggled}
        className={`fixed inset-auto m-0 max-w-[calc(100vw-1rem)] overflow-y-auto rounded-xl border border-line bg-surface text-text shadow-2xl ${panelClass}`}
      >
        {isOpen ? children(() => document.getElementById(id)?.hidePopover()) : null}
      </div>
    </>
  );
}

/** A window that is too low for so much below the button has it over the button. */
const HEIGHT_MIN = 320;

/** Below the button, along the edge of it that is nearer to its side of the window. */
function place(opener: HTMLElement | null, panel: HTMLElement | null): void {
  if (opener === null || panel === null) return;
  const { bottom, left, right } = opener.getBoundingClientRect();
  const { clientWidth: width, clientHeight: height } = document.documentElement;
  const pixels = (value: number): string => `${Math.max(MARGIN, value)}px`;
  const top = Math.max(MARGIN, Math.min(bottom + GAP, height - MARGIN - HEIGHT_MIN));
  panel.style.top = `${top}px`;
  panel.style.maxHeight = `${height - MARGIN - top}px`;
  const isRight = left + right > width;
  const isPhone = width < PHONE;
  panel.style.left = isRight && !isPhone ? "auto" : pixels(isPhone ? 0 : left);
  panel.style.right = isRight || isPhone ? pixels(isPhone ? 0 : width - right) : "auto";
}
