import { useRouter } from "@tanstack/react-router";
import type { MouseEvent, ReactNode } from "react";

/** A link to an address that was kept as a text; the router goes there without loading the page anew. */
export function AddressLink(props: {
  address: string;
  onGo?: () => void;
  className?: string;
  children: ReactNode;
}) {
  const { address, onGo, className = "", children } = props;
  const router = useRouter();
  const go = (event: MouseEvent): void => {
    // A new tab or window is the browser's matter.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    onGo?.();
    router.history.push(address);
  };
  return (
    <a href={address} onClick={go} className={className}>
      {children}
    </a>
  );
}
