import type { WriteOutcome } from './influx-outcome.js';
import type { LineBlock } from './line-block.js';

/** Sends lines, a newline between each two, in one request. Never rejects. */
export type SendLines = (lines: Buffer) => Promise<WriteOutcome>;

/** What became of the lines: `refused` by index, with the server's reason. */
export type WriteResult =
  | { readonly ok: true; readonly refused: ReadonlyMap<number, string>; readonly outsideRetention: number }
  | { readonly ok: false; readonly message: string };

export interface RequestLimits {
  readonly lines: number;
  readonly bytes: number;
}

/** InfluxDB's own advice is 5,000 lines; the size keeps far below 1.x's default of 25 MB a body. */
export const REQUEST_LIMITS: RequestLimits = { lines: 5_000, bytes: 8 * 1024 * 1024 };

/**
 * Writes all lines. One that is refused alone is believed only after the server took `check`, a line that
 * cannot be wrong, and refused the line again: a proxy or a server that refuses everything for a while sends
 * nothing to quarantine. Lines are written more than once on the way, which changes nothing: a point
 * overwrites itself.
 */
export async function writeLines(
  lines: LineBlock,
  check: Buffer,
  send: SendLines,
  limits: RequestLimits = REQUEST_LIMITS,
): Promise<WriteResult> {
  const first = await writeSplitting(lines, send, limits);
  if (!first.ok || first.refused.size === 0) return first;
  const checked = await send(check);
  if (checked.kind !== 'stored') {
    return { ok: false, message: `refuses even a check point: ${wordsOf(checked)}` };
  }
  const suspects = [...first.refused.keys()].sort((a, b) => a - b);
  const second = await writeSplitting(lines.pick(suspects), send, limits);
  if (!second.ok) return second;
  const refused = new Map<number, string>();
  for (const [position, reason] of second.refused) {
    const index = suspects[position];
    if (index !== undefined) refused.set(index, reason);
  }
  return { ok: true, refused, outsideRetention: first.outsideRetention + second.outsideRetention };
}

/**
 * Halves what is refused until each bad line is alone; the server names only the first one (PITFALLS 24). A
 * refusal that counts as many dropped points as there are lines needs no halving.
 */
async function writeSplitting(
  lines: LineBlock,
  send: SendLines,
  limits: RequestLimits,
): Promise<WriteResult> {
  const refused = new Map<number, string>();
  let outsideRetention = 0;
  const ranges = requests(lines, limits).reverse();
  for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
    const { from, to } = range;
    const size = to - from;
    const outcome = await send(lines.slice(from, to));
    if (outcome.kind === 'unavailable') return { ok: false, message: outcome.message };
    if (outcome.kind === 'stored') continue;
    const dropped = size === 1 ? 1 : outcome.dropped;
    if (outcome.kind === 'outside-retention' && dropped !== null && dropped >= 1 && dropped <= size) {
      outsideRetention += dropped;
    } else if (outcome.kind === 'refused' && dropped === size) {
      for (let index = from; index < to; index++) refused.set(index, outcome.reason);
    } else {
      const middle = from + (size >> 1);
      ranges.push({ from: middle, to }, { from, to: middle });
    }
  }
  return { ok: true, refused, outsideRetention };
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Cuts a batch into requests within the limits; a line larger than the limit goes alone. */
function requests(lines: LineBlock, limits: RequestLimits): Range[] {
  const ranges: Range[] = [];
  let from = 0;
  for (let to = 1; to <= lines.count; to++) {
    const full = to - from > limits.lines || lines.sizeOf(from, to) > limits.bytes;
    if (full && to - from > 1) {
      ranges.push({ from, to: to - 1 });
      from = to - 1;
    }
  }
  if (from < lines.count) ranges.push({ from, to: lines.count });
  return ranges;
}

function wordsOf(outcome: Exclude<WriteOutcome, { kind: 'stored' }>): string {
  if (outcome.kind === 'refused') return outcome.reason;
  return outcome.kind === 'unavailable' ? outcome.message : 'it calls the present time outside its retention';
}
