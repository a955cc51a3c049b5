import { useNavigate, type LinkProps } from "@tanstack/react-router";
import { useCommands, type Command } from "../lib/commands.ts";
import { useTheme } from "../lib/theme.ts";
import type { NavEntry } from "./nav.ts";

/** The commands that every page has. */
export function ShellCommands(props: {
  pages: readonly NavEntry[];
  onPalette: () => void;
  onHelp: () => void;
}) {
  const navigate = useNavigate();
  const [theme, chooseTheme] = useTheme();
  const goTo = props.pages.map(({ path, title, key }): Command => ({
    id: `go ${path}`,
    title,
    group: "Go to",
    keys: `g ${key}`,
    isOnce: true,
    run: () => void navigate({ to: path as NonNullable<LinkProps["to"]> }),
  }));
  const themes = (["light", "dark", "system"] as const)
    .filter((other) => other !== theme)
    .map((other): Command => ({
      id: `theme.${other}`,
      title:
        other === "system" ? "Theme of the system" : `${other === "dark" ? "Dark" : "Light"} theme`,
      group: "Appearance",
      run: () => chooseTheme(other),
    }));
  useCommands([
    ...goTo,
    {
      id: "shell.palette",
      title: "Search and commands",
      group: "Anywhere",
      keys: "Mod+k",
      isHidden: true,
      isOnce: true,
      run: props.onPalette,
    },
    {
      id: "shell.help",
      title: "Keyboard help",
      group: "Anywhere",
      keys: "?",
      isOnce: true,
      run: props.onHelp,
    },
    ...themes,
  ]);
  return null;
}
