import { useEffect, useId, useRef, type ReactNode } from "react";
import { Button } from "./button.tsx";

/** Asks before something is done that cannot be taken back. Escape and the button beside it leave all as it is. */
export function ConfirmDialog(props: {
  title: string;
  children: ReactNode;
  /** What is done, as an order: "Apply". */
  action: string;
  isBusy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}) {
  const { title, children, action, isBusy = false, onConfirm, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      onClose={onClose}
      className="m-auto w-full max-w-2xl rounded-lg border border-line bg-surface p-0 text-text shadow-xl backdrop:bg-black/40"
    >
      <h2 id={heading} className="border-b border-line px-4 py-3 text-base font-semibold">
        {title}
      </h2>
      <div className="px-4 py-3">{children}</div>
      <div className="flex justify-end gap-2 border-t border-line px-4 py-3">
        <Button onClick={() => dialog.current?.close()}>Cancel</Button>
        <Button pressed disabled={isBusy} onClick={onConfirm} aria-pressed={undefined}>
          {action}
        </Button>
      </div>
    </dialog>
  );
}
