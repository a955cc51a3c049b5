import { useEffect, useRef, type ReactNode } from "react";

/**
 * A window before the page, which waits behind it: the browser's own, with the focus kept inside and given
 * back. Escape, and a press beside it, close it. What is inside is there only while it is open.
 */
export function Dialog(props: {
  /** Its accessible name. */
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  className?: string;
}) {
  const { title, isOpen, onClose, children, className = "" } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    if (shown === null || shown.open === isOpen) return;
    if (isOpen) shown.showModal();
    else shown.close();
  }, [isOpen]);
  useEffect(() => {
    const shown = dialog.current;
    // A press that begins on the dialog itself, and on nothing in it, is one beside it.
    const press = (event: PointerEvent): void => {
      if (event.target === shown) shown?.close();
    };
    shown?.addEventListener("pointerdown", press);
    return () => shown?.removeEventListener("pointerdown", press);
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onClose={onClose}
      className={`m-auto rounded-xl border border-line bg-surface text-text shadow-2xl backdrop:bg-scrim ${className}`}
    >
      {isOpen ? children : null}
    </dialog>
  );
}
