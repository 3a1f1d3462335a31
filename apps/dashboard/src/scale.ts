import { useMediaQuery } from './use-media-query.js';

/** CSS pixels and how much larger than at a desk everything is drawn; `styles.css` has the same numbers. */
const WALL = { query: '(min-width: 2200px)', scale: 1.4 };
const WIDE_WALL = { query: '(min-width: 3200px)', scale: 2 };

/** 1 at a desk; more on a wall, which is read from across a room. */
export function useScale(): number {
  const wall = useMediaQuery(WALL.query);
  const wide = useMediaQuery(WIDE_WALL.query);
  return wide ? WIDE_WALL.scale : wall ? WALL.scale : 1;
}
