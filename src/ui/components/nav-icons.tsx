import { Icon, type IconProps } from "./icons.tsx";

// What stands in the navigation and in the bars around a page.

export const OverviewIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M2 8.6 8 3l6 5.6" />
    <path d="M3.8 7.4v5.8h8.4V7.4" />
    <path d="M6.6 13.2V9.6h2.8v3.6" />
  </Icon>
);

export const ServicesIcon = (props: IconProps) => (
  <Icon {...props}>
    <rect x="2.2" y="2.2" width="4.8" height="4.8" rx="1" />
    <rect x="9" y="2.2" width="4.8" height="4.8" rx="1" />
    <rect x="2.2" y="9" width="4.8" height="4.8" rx="1" />
    <rect x="9" y="9" width="4.8" height="4.8" rx="1" />
  </Icon>
);

export const MapIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="3.6" cy="8" r="1.8" />
    <circle cx="12.2" cy="3.8" r="1.8" />
    <circle cx="12.2" cy="12.2" r="1.8" />
    <path d="m5.3 7.2 5.2-2.6M5.3 8.8l5.2 2.6" />
  </Icon>
);

export const TracesIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M2 3.5h9M4.5 8h7.5M7.5 12.5H14" strokeWidth="2" />
  </Icon>
);

export const LogsIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M2.2 4h.1M2.2 8h.1M2.2 12h.1" strokeWidth="2" />
    <path d="M5 4h8.8M5 8h6.4M5 12h8" />
  </Icon>
);

export const MetricsIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M2.2 2.2v11.6h11.6" />
    <path d="m4.8 10.4 2.6-3.6 2.4 2 3.4-5" />
  </Icon>
);

export const PipelinesIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M1.8 5h3.4a3 3 0 0 1 2.6 1.5l.4.7M1.8 11h3.4a3 3 0 0 0 2.6-1.5l1.6-3A3 3 0 0 1 12 5h2.2" />
    <path d="m12.4 3.2 1.8 1.8-1.8 1.8" />
  </Icon>
);

export const SettingsIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M2 4.5h6.5M12 4.5h2M2 11.5h2M7.5 11.5H14" />
    <circle cx="10.2" cy="4.5" r="1.7" />
    <circle cx="5.8" cy="11.5" r="1.7" />
  </Icon>
);

export const AboutIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="8" cy="8" r="6" />
    <path d="M8 7.4v3.4M8 5.1v.1" />
  </Icon>
);

export const MoreIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M3.5 8h.1M8 8h.1M12.5 8h.1" strokeWidth="2.4" />
  </Icon>
);

export const SearchIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="7" cy="7" r="4.5" />
    <path d="m10.4 10.4 3.4 3.4" />
  </Icon>
);

export const ClockIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="8" cy="8" r="6" />
    <path d="M8 4.6V8l2.4 1.6" />
  </Icon>
);

export const BookmarkIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M4 2.2h8v11.6l-4-3-4 3Z" />
  </Icon>
);

export const KeyboardIcon = (props: IconProps) => (
  <Icon {...props}>
    <rect x="1.5" y="4" width="13" height="8.5" rx="1.3" />
    <path d="M4 6.8h.1M6.7 6.8h.1M9.4 6.8h.1M12 6.8h.1M5.5 9.8h5" />
  </Icon>
);

export const FoldIcon = (props: IconProps) => (
  <Icon {...props}>
    <rect x="1.8" y="2.5" width="12.4" height="11" rx="1.4" />
    <path d="M6 2.5v11M11.2 6.2 9.4 8l1.8 1.8" />
  </Icon>
);

export const ZoomOutIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="7" cy="7" r="4.5" />
    <path d="m10.4 10.4 3.4 3.4M5 7h4" />
  </Icon>
);

export const EarlierIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M10 3.5 5.5 8l4.5 4.5" />
  </Icon>
);

export const PencilIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="m3 13 .6-2.8 7.2-7.2 2.2 2.2-7.2 7.2Z" />
  </Icon>
);

export const TrashIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M2.8 4.5h10.4M6 4.5V2.8h4v1.7M4.2 4.5l.6 8.7h6.4l.6-8.7" />
  </Icon>
);
