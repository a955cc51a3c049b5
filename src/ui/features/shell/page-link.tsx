import { Link, type LinkProps } from "@tanstack/react-router";
import type { ComponentType } from "react";
import type { IconProps } from "../../components/icons.tsx";

/** A page that the navigation leads to. */
export interface Destination {
  readonly path: string;
  readonly title: string;
  readonly group: string;
  readonly Icon: ComponentType<IconProps>;
}

/** A link of the navigation; what all pages share of the address (range, zone, paused) stays. */
export function PageLink(props: {
  page: Destination;
  isHere: boolean;
  className: string;
  labelClass?: string;
  onGo?: () => void;
}) {
  const { page, isHere, className, labelClass = "", onGo } = props;
  return (
    <Link
      // The router has it: the navigation shows no other.
      to={page.path as NonNullable<LinkProps["to"]>}
      activeOptions={{ exact: true, includeSearch: false }}
      {...(isHere ? { "aria-current": "page" as const } : {})}
      title={page.title}
      {...(onGo === undefined ? {} : { onClick: onGo })}
      className={className}
    >
      <page.Icon className="size-4" />
      <span className={`truncate ${labelClass}`}>{page.title}</span>
    </Link>
  );
}
