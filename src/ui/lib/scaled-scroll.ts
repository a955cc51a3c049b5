/** A list that is longer than an element may be high is scrolled by an element of this many pixels. */
export const SCROLL_HEIGHT_MAX = 6_000_000;
/** A step of the scroll bar beyond so many heights of the view is a jump to a place of the list. */
const JUMP_VIEWS = 3;

/** A long list in a view: in CSS pixels. */
export interface ScrollSize {
  /** Of the whole list, were it drawn. */
  readonly content: number;
  readonly view: number;
}

/** The height of the element that is scrolled in the list's place. */
export function scrollHeight({ content }: ScrollSize): number {
  return Math.min(content, SCROLL_HEIGHT_MAX);
}

/** How far down the list is shown, and where the scroll bar stands for it. */
export interface ScrollPlace {
  /** Pixels of the list above the view. */
  readonly offset: number;
  /** What the element was scrolled to when that was so. */
  readonly top: number;
}

/**
 * The place after the element was scrolled to `top`. A wheel or a key moves the list by as many pixels, however
 * long it is; the bar, dragged, goes through all of it.
 */
export function scrolled(before: ScrollPlace, top: number, size: ScrollSize): ScrollPlace {
  const topMax = Math.max(0, scrollHeight(size) - size.view);
  const offsetMax = Math.max(0, size.content - size.view);
  if (topMax === offsetMax) return { offset: clamp(top, offsetMax), top };
  if (top <= 0) return { offset: 0, top };
  if (top >= topMax) return { offset: offsetMax, top };
  const step = top - before.top;
  const isJump = Math.abs(step) > JUMP_VIEWS * size.view;
  const offset = isJump ? (top / topMax) * offsetMax : before.offset + step;
  return { offset: clamp(offset, offsetMax), top };
}

/** Where the scroll bar belongs for an offset. */
export function topOf(offset: number, size: ScrollSize): number {
  const topMax = Math.max(0, scrollHeight(size) - size.view);
  const offsetMax = Math.max(0, size.content - size.view);
  return offsetMax === 0 ? 0 : (clamp(offset, offsetMax) / offsetMax) * topMax;
}

function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(value, max));
}
