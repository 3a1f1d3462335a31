/** The usual places of a distribution, in the values' unit, two digits. */
export function percentiles(values: readonly number[]): Readonly<Record<'p50' | 'p99' | 'max', number>> {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN) * 100) / 100;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
