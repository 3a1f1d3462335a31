/**
 * The simulators' one source of wall time: they stand outside the product, so they do not share its `Clock`
 * port. Everything below takes time as an argument, so specs run on a virtual clock.
 */
export type WallClock = () => number;

/** Milliseconds since 1970 UTC. */
export const wallClock: WallClock = () => Date.now();
