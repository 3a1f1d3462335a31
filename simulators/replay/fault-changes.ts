import type { Carried, Reported } from './carried.js';

/** What `GET /faults` says of one fault, as far as it is used here. */
export interface FaultSeen {
  readonly id: string;
  readonly kind: string;
  readonly state: 'open' | 'cleared' | 'withdrawn' | 'recorded' | 'suppressed';
  readonly profile: string | null;
  /** Of the report that raised it; null when the platform inferred it. */
  readonly code: string | null;
  readonly attachments: number;
}

export type ChangeWord = 'raised' | 'cleared' | 'attached' | 'withdrawn' | 'recorded' | 'suppressed';

/** One thing that happened to a fault. */
export interface FaultChange {
  readonly word: ChangeWord;
  readonly fault: FaultSeen;
}

/**
 * What happened between two readings of a lift's faults, as the rows tell it: two changes of one fault in
 * between may show as one. A fault that the first reading lacks is new.
 */
export function faultChanges(
  before: ReadonlyMap<string, FaultSeen>,
  after: readonly FaultSeen[],
): readonly FaultChange[] {
  return after.flatMap((fault) => {
    const known = before.get(fault.id);
    const words: ChangeWord[] = known === undefined ? firstWords(fault) : laterWords(known, fault);
    const attached = fault.attachments - (known?.attachments ?? 0);
    // Attached while it was open, so before it ended.
    const at = words[0] === 'raised' ? 1 : 0;
    words.splice(at, 0, ...Array.from({ length: Math.max(0, attached) }, () => 'attached' as const));
    return words.map((word) => ({ word, fault }));
  });
}

function firstWords({ state }: FaultSeen): ChangeWord[] {
  if (state === 'open') return ['raised'];
  return state === 'cleared' || state === 'withdrawn' ? ['raised', state] : [state];
}

function laterWords(known: FaultSeen, { state }: FaultSeen): ChangeWord[] {
  if (state === known.state) return [];
  return [state === 'open' ? 'raised' : state];
}

/**
 * True when the message may be what changed the fault: it reports the fault's code, its kind, or a press of
 * the alarm button, which attaches to an entrapment.
 */
export function explains(carried: Carried, { kind, profile, code }: FaultSeen): boolean {
  if (carried.what !== 'reports') return false;
  const same = (each: Reported) =>
    (each.profile === profile && each.code === code) ||
    (each.kind !== 'unknown' && each.kind === kind) ||
    (each.kind === 'alarm-button' && kind === 'entrapment');
  return carried.reports.some(same);
}

/** `fault raised: door-held (Alarm/2003)`. */
export function changeText({ word, fault }: FaultChange): string {
  const how = word === 'attached' ? 'attached to the open fault' : `fault ${word}`;
  return `${how}: ${fault.kind}${fault.code === null ? ', inferred' : ` (${fault.code})`}`;
}

/** How often each word occurs, in the order they are shown. */
export class ChangeCount {
  private readonly counts = new Map<ChangeWord, number>();

  add(changes: readonly FaultChange[]): void {
    for (const { word } of changes) this.counts.set(word, this.of(word) + 1);
  }

  of(word: ChangeWord): number {
    return this.counts.get(word) ?? 0;
  }
}
