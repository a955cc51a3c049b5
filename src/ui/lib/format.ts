const counts = new Intl.NumberFormat("en");

/** Every digit: `1,234,567`. */
export function fullCount(value: number): string {
  return counts.format(value);
}

/** At most four characters and a letter: `987`, `12.3k`, `4.56M`. */
export function shortCount(value: number): string {
  if (Math.abs(value) < 10_000) return counts.format(Math.round(value));
  for (const [unit, letter] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    // 999,500 and up would round to 1000k.
    if (Math.abs(value) >= unit * 0.9995) return `${threeDigits(value / unit)}${letter}`;
  }
  return counts.format(value);
}

/** Rows a second: whole above ten, else with one decimal, so that a trickle is not shown as nothing. */
export function perSecond(rate: number): string {
  if (rate === 0) return "0";
  if (rate < 0.05) return "<0.1";
  return rate < 9.95 ? rate.toFixed(1) : shortCount(rate);
}

/** How often, in the unit that fits, from requests a second: `1.20k/s`, `3.4/s`, `12/min`, `2/h`. */
export function rate(perSecondRate: number): string {
  if (!Number.isFinite(perSecondRate)) return "–";
  if (perSecondRate === 0) return "0/s";
  if (perSecondRate >= 0.995) return `${perSecond(perSecondRate)}/s`;
  const perMinute = perSecondRate * 60;
  if (perMinute >= 0.995) return `${perSecond(perMinute)}/min`;
  const perHour = perMinute * 60;
  return perHour >= 0.1 ? `${perSecond(perHour)}/h` : "<0.1/h";
}

/** A share from 0 to 1 as per cent; what is not nothing is never shown as 0. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return "–";
  if (share === 0) return "0%";
  if (share < 0.0001) return "<0.01%";
  if (share < 1 && share > 0.9999) return ">99.99%";
  const value = share * 100;
  return `${value >= 99.95 || value >= 10 ? value.toFixed(value === 100 ? 0 : 1) : value.toFixed(2)}%`;
}

/** A duration in the unit that fits, three digits: `850 ns`, `12.3 µs`, `4.56 ms`, `1.2 s`, `2 m 3 s`. */
export function duration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return "–";
  if (milliseconds < 0) return `−${duration(-milliseconds)}`;
  if (milliseconds === 0) return "0 ms";
  const ns = Math.round(milliseconds * 1e6);
  if (ns < 1_000) return `${ns} ns`;
  if (ns < 999_500) return `${threeDigits(ns / 1e3)} µs`;
  if (ns < 999_500_000) return `${threeDigits(ns / 1e6)} ms`;
  if (milliseconds < 59_950) return `${threeDigits(milliseconds / 1e3)} s`;
  return longDuration(milliseconds);
}

/** A duration that is a round number, as on an axis: `100 ms`, `2.5 s`. */
export function roundDuration(milliseconds: number): string {
  return duration(milliseconds)
    .replace(/(\.\d*?)0+ /, "$1 ")
    .replace(". ", " ");
}

/** From a second up, the two largest units: `42 s`, `3 m 12 s`, `5 h 2 m`, `12 d 4 h`. */
export function longDuration(milliseconds: number): string {
  let seconds = Math.round(milliseconds / 1000);
  const parts: string[] = [];
  for (const [size, letter] of [
    [86_400, "d"],
    [3_600, "h"],
    [60, "m"],
    [1, "s"],
  ] as const) {
    const whole = Math.floor(seconds / size);
    seconds -= whole * size;
    if (whole > 0) parts.push(`${whole} ${letter}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ") || "0 s";
}

/** Always three, so that the values of a column stand in line: `4.20`, `31.0`, `105`. */
function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value.toFixed(value >= 9.995 ? 1 : 2);
}

/** Bytes in decimal units: `812 B`, `45.2 MB`. */
export function shortBytes(bytes: number): string {
  for (const [size, unit] of [
    [1e12, "TB"],
    [1e9, "GB"],
    [1e6, "MB"],
    [1e3, "kB"],
  ] as const) {
    if (bytes >= size * 0.9995) return `${threeDigits(bytes / size)} ${unit}`;
  }
  return `${Math.round(bytes)} B`;
}
