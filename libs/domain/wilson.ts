/** The normal quantile of a two-sided 95 % interval. */
const Z95 = 1.959963984540054;

/**
 * Wilson's score interval at 95 % for `hits` of `trials`, as shares in [0, 1]. It stays sensible where the
 * plain one collapses: 1 of 1 is [0.21, 1], not [1, 1]. Null unless 0 ≤ hits ≤ trials and trials > 0.
 * Source: E. B. Wilson, JASA 22 (1927) 209–212.
 */
export function wilson95(hits: number, trials: number): readonly [number, number] | null {
  if (!(trials > 0 && hits >= 0 && hits <= trials)) return null;
  const z2 = Z95 * Z95;
  // Numerator and denominator times `trials`: nothing is divided by what may be next to nothing.
  const centre = hits + z2 / 2;
  const spread = Z95 * Math.sqrt(hits * (1 - hits / trials) + z2 / 4);
  const scale = trials + z2;
  // Rounding may step over the edges by 1e-17.
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)];
}
