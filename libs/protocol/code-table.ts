import { type FaultKind, isFaultKind } from './fault-kinds.js';
import type { DecodedItem, FaultReport, Origin, ServiceMode } from './message.js';

/**
 * What a maker's code means: a fault of one kind, a service mode the lift enters, or `no-fault` for what is
 * sent like a fault and is none. A code that its maker himself calls unknown is listed as `unknown`.
 */
export type CodeMeaning = FaultKind | 'no-fault' | `mode:${ServiceMode}`;

/** A maker's codes as they stand in reports. One not listed is `unknown`, raw and counted (invariant 4). */
export type CodeTable = ReadonlyMap<string, CodeMeaning>;

/** The table from lines of `[code, meaning]`. Throws when a code is listed twice: a programmer's error. */
export function codeTable(lines: readonly (readonly [code: string, meaning: CodeMeaning])[]): CodeTable {
  const table = new Map<string, CodeMeaning>(lines);
  if (table.size < lines.length) {
    const twice = lines.filter(([code], index) => lines.findIndex(([other]) => other === code) !== index);
    throw new Error(`a code table lists ${twice.map(([code]) => code).join(', ')} twice; list a code once`);
  }
  return table;
}

/** A report as its terminal made it: a code began or ended. */
export type SentCode = Pick<FaultReport, 'profile' | 'code' | 'state' | 'detail'>;

/**
 * The item a code becomes. The end of a mode says which mode is over and not which one came: `unknown`, so
 * that nothing is held back any longer because of it.
 */
export function codeItem(table: CodeTable, origin: Origin, sent: SentCode): DecodedItem {
  const meaning = table.get(sent.code) ?? 'unknown';
  const { profile, code, state, detail } = sent;
  if (isFaultKind(meaning)) {
    return { type: 'fault-report', origin, report: { profile, code, kind: meaning, state, detail } };
  }
  const mode = meaning === 'no-fault' ? null : modeOf(meaning);
  const left = mode !== null && state === 'cleared';
  return { type: 'notice', origin, notice: { profile, code, mode: left ? 'unknown' : mode, detail } };
}

/** The fault kind of a code, `unknown` for one not listed; null for one that is no fault. */
export function faultKindOf(table: CodeTable, code: string): FaultKind | null {
  const meaning = table.get(code) ?? 'unknown';
  return isFaultKind(meaning) ? meaning : null;
}

function modeOf(meaning: `mode:${ServiceMode}`): ServiceMode {
  return meaning.slice('mode:'.length) as ServiceMode;
}
