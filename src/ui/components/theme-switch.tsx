import { THEMES, useTheme, type Theme } from "../lib/theme.ts";
import { IconButton } from "./button.tsx";
import { MoonIcon, ScreenIcon, SunIcon } from "./icons.tsx";

const ICONS = { system: ScreenIcon, light: SunIcon, dark: MoonIcon } as const;
const NAMES: Readonly<Record<Theme, string>> = {
  system: "as the system has it",
  light: "light",
  dark: "dark",
};

/** Goes from one theme to the next. */
export function ThemeSwitch() {
  const [theme, choose] = useTheme();
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  const ThemeIcon = ICONS[theme];
  return (
    <IconButton
      label={`Theme: ${NAMES[theme]}. Change to ${NAMES[next]}`}
      onClick={() => choose(next)}
    >
      <ThemeIcon />
    </IconButton>
  );
}
