import {
  type FaultEffect,
  type LiftState,
  needsTicks,
  newLiftState,
  type StepResult,
  step,
  tick,
} from '#domain';
import type { JournalBatch, Lsn, MessageEntry } from '#journal';
import type { Decoded, DecodedItem } from '#protocol';
import { decodedEntry } from './decoded-entry.js';

/** What one journal entry did. */
export interface EntryEffects {
  readonly lsn: Lsn;
  readonly receivedAt: number;
  /** County of the lift, as the directory said when the message came; null = not known. */
  readonly district: string | null;
  readonly effects: readonly FaultEffect[];
  /** Codes that no profile lists, as (profile, code). */
  readonly unknownCodes: readonly { readonly profile: string; readonly code: string }[];
}

/** The states of all lifts: `step` over the journal, in order. Nothing here reads a clock or a database. */
export class LiftStates {
  private readonly lifts = new Map<string, LiftState>();
  /** County of each lift that waited since the start, for what a tick finds. */
  private readonly districts = new Map<string, string>();
  /** Lifts in which only time may yet raise a fault. */
  private readonly waiting = new Set<string>();

  /** True when the journal needs ticks. */
  get needsTicks(): boolean {
    return this.waiting.size > 0;
  }

  /** Steps through a batch. `seen` hears of every decoded message, duplicates included. */
  advance(batch: JournalBatch, seen?: (entry: MessageEntry, decoded: Decoded) => void): EntryEffects[] {
    const all: EntryEffects[] = [];
    for (const { lsn, entry } of batch.entries) {
      if (entry.kind === 'tick') {
        all.push(...this.tick(lsn, entry.receivedAt));
        continue;
      }
      const decoded = decodedEntry(entry);
      seen?.(entry, decoded);
      const found = this.message(lsn, entry, decoded);
      if (found !== null) all.push(found);
    }
    return all;
  }

  snapshot(): LiftState[] {
    return [...this.lifts.values()];
  }

  restore(states: readonly LiftState[]): void {
    // Of what time they are nobody says: the first tick finds out which still wait.
    for (const state of states) this.keep(state, Number.NEGATIVE_INFINITY);
  }

  /** Null when it did nothing, as nearly every sample. */
  private message(lsn: Lsn, entry: MessageEntry, decoded: Decoded): EntryEffects | null {
    const { lift, terminal, district } = entry.source;
    const { receivedAt, clockOffsetMs, duplicates } = entry;
    if (lift === null || terminal === null || !decoded.ok) return null;
    const { items } = decoded;
    const state = this.lifts.get(lift) ?? newLiftState(lift);
    const result = step(state, { terminal, lsn, receivedAt, clockOffsetMs, items, duplicates });
    this.keep(result.state, receivedAt);
    if (district !== null && this.waiting.has(lift)) this.districts.set(lift, district);
    const unknownCodes = unknownCodesIn(items, duplicates);
    if (result.effects.length === 0 && unknownCodes.length === 0) return null;
    return { lsn, receivedAt, district, effects: result.effects, unknownCodes };
  }

  private tick(lsn: Lsn, now: number): EntryEffects[] {
    const found: EntryEffects[] = [];
    for (const lift of [...this.waiting]) {
      const state = this.lifts.get(lift);
      if (!state) continue;
      const result: StepResult = tick(state, now);
      this.keep(result.state, now);
      if (result.effects.length === 0) continue;
      const district = this.districts.get(lift) ?? null;
      found.push({ lsn, receivedAt: now, district, effects: result.effects, unknownCodes: [] });
    }
    return found;
  }

  private keep(state: LiftState, now: number): void {
    this.lifts.set(state.lift, state);
    if (needsTicks(state, now)) this.waiting.add(state.lift);
    else this.waiting.delete(state.lift);
  }
}

type UnknownCodes = EntryEffects['unknownCodes'];

const NO_CODES: UnknownCodes = Object.freeze([]);

function unknownCodesIn(items: readonly DecodedItem[], duplicates: readonly number[]): UnknownCodes {
  let found: UnknownCodes = NO_CODES;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (item?.type !== 'fault-report' || item.report.kind !== 'unknown' || duplicates.includes(index))
      continue;
    found = [...found, { profile: item.report.profile, code: item.report.code }];
  }
  return found;
}
