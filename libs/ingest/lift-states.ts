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

/** Characters of one snapshot block, about: some 80 lifts, written as JSON in less than a millisecond. */
const BLOCK_CHARS = 64 * 1024;

/** What one journal entry did. */
export interface EntryEffects {
  readonly lsn: Lsn;
  readonly receivedAt: number;
  /** County of the lift, as the directory said when the message came; null = not known. */
  readonly district: string | null;
  readonly effects: readonly FaultEffect[];
  /** Codes that no profile lists or that mean no fault, as (profile, code). */
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

  /**
   * The states as they are now, for the snapshot, however late a block is asked for: a state is replaced and
   * never changed, so a list of references is a copy.
   */
  blocks(): Iterable<Buffer> {
    return encode([...this.lifts.values()]);
  }

  /** Takes a block of {@link blocks}. Throws when it is none. */
  restore(block: Buffer): void {
    const states = JSON.parse(block.toString('utf8')) as LiftState[];
    // Of what time they are nobody says: the first tick finds out which still wait.
    for (const state of states) this.keep(state, Number.NEGATIVE_INFINITY);
  }

  clear(): void {
    this.lifts.clear();
    this.districts.clear();
    this.waiting.clear();
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
    const raw = item === undefined || duplicates.includes(index) ? null : rawCode(item);
    if (raw !== null) found = [...found, raw];
  }
  return found;
}

function* encode(states: readonly LiftState[]): Generator<Buffer> {
  let texts: string[] = [];
  let chars = 0;
  for (const state of states) {
    const text = JSON.stringify(state);
    texts.push(text);
    chars += text.length;
    if (chars < BLOCK_CHARS) continue;
    yield Buffer.from(`[${texts.join(',')}]`);
    texts = [];
    chars = 0;
  }
  if (texts.length > 0) yield Buffer.from(`[${texts.join(',')}]`);
}

/**
 * A code nobody acts on, kept by (profile, code) and counted: one no profile lists, or listed as no fault.
 */
function rawCode(item: DecodedItem): UnknownCodes[number] | null {
  if (item.type === 'fault-report' && item.report.kind === 'unknown') {
    return { profile: item.report.profile, code: item.report.code };
  }
  if (item.type !== 'notice' || item.notice.mode !== null) return null;
  return { profile: item.notice.profile, code: item.notice.code };
}
