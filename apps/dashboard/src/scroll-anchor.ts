/**
 * Height of a table row at a desk, borders included; CSS pixels. Fixed, so that positions are known and never
 * jump.
 */
export const ROW_HEIGHT = 55;

export interface AnchorMove {
  /** Where the list is to be scrolled so that the anchor row stays where the person sees it; CSS pixels. */
  readonly scrollTop: number;
  /** Rows that came in above the anchor. */
  readonly insertedAbove: number;
}

/**
 * Keeps the row at `anchorIndex` of `before` in its place when the rows become `after`. When that row is
 * gone, the next one below it that is still there takes its part; when none is, nothing moves.
 */
export function anchorScroll(
  before: readonly string[],
  after: readonly string[],
  anchorIndex: number,
  scrollTop: number,
  rowHeight = ROW_HEIGHT,
): AnchorMove {
  const places = new Map(after.map((key, index) => [key, index]));
  for (let index = Math.max(0, anchorIndex); index < before.length; index += 1) {
    const place = places.get(before[index] ?? '');
    if (place === undefined) continue;
    const known = new Set(before);
    const insertedAbove = after.slice(0, place).filter((key) => !known.has(key)).length;
    // A successor slides into the lost anchor's own place, as a list does when a row is taken out.
    const shift = (place - Math.max(0, anchorIndex)) * rowHeight;
    return { scrollTop: Math.max(0, scrollTop + shift), insertedAbove };
  }
  return { scrollTop, insertedAbove: 0 };
}

/**
 * Where the list goes when its rows become `after`; null when it stays at its top and new rows push the
 * others down. The row `aimed` at keeps its place, else, once scrolled, the first row in view.
 */
export function settleRows(
  before: readonly string[],
  after: readonly string[],
  aimed: string | null,
  scrollTop: number,
  rowHeight = ROW_HEIGHT,
): AnchorMove | null {
  const aimedIndex = aimed === null ? -1 : before.indexOf(aimed);
  if (aimedIndex >= 0) return anchorScroll(before, after, aimedIndex, scrollTop, rowHeight);
  if (scrollTop <= 0) return null;
  return anchorScroll(before, after, Math.floor(scrollTop / rowHeight), scrollTop, rowHeight);
}
