/** CSS pixels of a `rem`, sixteenths: what is laid out by hand grows with the text. */
export function remScale(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}
