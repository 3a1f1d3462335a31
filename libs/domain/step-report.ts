import type { ActiveCodes, FaultReport } from '#protocol';
import type { Car } from './car.js';
import type { RaiseReason } from './conditions.js';
import {
  clear,
  codeKey,
  type Draft,
  makeFault,
  mark,
  type NewFault,
  raise,
  type Source,
  setOpen,
} from './draft.js';
import { FAULT_CATALOGUE } from './fault-catalogue.js';
import { openKey } from './lift-state.js';
import { THRESHOLDS } from './thresholds.js';

const CLEARS_MAX = 32;

/** A terminal says that a fault began or ended. */
export function stepReport(draft: Draft, source: Source, report: FaultReport): void {
  if (report.state === 'cleared') stepClear(draft, source, report);
  else stepRaise(draft, source, report, 'reported-by-terminal');
}

function stepClear(draft: Draft, source: Source, report: FaultReport): void {
  const code = codeKey(report.profile, report.code) ?? '';
  draft.state.clears = [{ code, at: source.at }, ...draft.state.clears].slice(0, CLEARS_MAX);
  const key = openKey(report.kind, code);
  const open = draft.state.open[key];
  if (!open || (source.stored && source.at < open.fault.raisedAt)) return;
  if (open.codes.length > 0 && !open.codes.includes(code)) return;
  const codes = open.codes.filter((each) => each !== code);
  if (codes.length > 0) setOpen(draft, key, { ...open, codes });
  else clear(draft, key, source, 'reported-clear');
}

function stepRaise(draft: Draft, source: Source, report: FaultReport, reason: RaiseReason): void {
  const wanted = { ...reported(draft, report, source), reason };
  const gone = source.stored ? shownGone(draft, source, report) : null;
  if (gone !== null && !FAULT_CATALOGUE[report.kind].guarded) {
    draft.effects.push({
      type: 'fault.recorded',
      fault: makeFault(draft, source, wanted),
      clearedAt: gone.at,
      clearReason: gone.reason,
    });
    return;
  }
  const before = draft.state.open;
  const key = raiseReported(draft, source, wanted);
  if (gone === null) return;
  const wasOpen = before[key];
  const open = draft.state.open[key];
  // The end of this one report is known, not that of the incident it attached to, nor of the one a press
  // began.
  if (wasOpen && open) setOpen(draft, key, { ...open, codes: wasOpen.codes });
  else if (key !== openKey(report.kind, codeKey(report.profile, report.code))) return;
  else if (report.kind === 'entrapment' && gone.reason === 'absent-from-snapshot') {
    mark(draft, key, source, 'absent-from-snapshot');
  } else clear(draft, key, { ...source, at: gone.at }, gone.reason);
}

/**
 * Raises it; a press of the alarm button in a standing car with its door shut is an entrapment (DOMAIN §4).
 */
function raiseReported(draft: Draft, source: Source, wanted: NewFault): string {
  if (wanted.kind === 'alarm-button') {
    const inside = draft.state.open.entrapment !== undefined;
    const car = carAt(draft, source.at);
    if (inside || (car?.moving === false && car.doorState === 'closed')) {
      const press: NewFault = { ...wanted, kind: 'entrapment', reason: 'press-in-standing-closed-car' };
      raise(draft, source, press, 'alarm-button-pressed');
      return 'entrapment';
    }
  }
  raise(draft, source, wanted, 'further-report');
  return openKey(wanted.kind, codeKey(wanted.profile, wanted.code));
}

function reported(draft: Draft, report: FaultReport, source: Source): NewFault {
  return {
    kind: report.kind,
    evidence: 'reported',
    reason: 'reported-by-terminal',
    priority: null,
    since: source.at,
    profile: report.profile,
    code: report.code,
    condition: null,
    mode: carAt(draft, source.at)?.mode ?? null,
    detail: report.detail,
  };
}

/** The picture of the car that a report of moment `at` belongs to: the backlog's if the report is older. */
function carAt(draft: Draft, at: number): Car | null {
  const { live, backlog } = draft.state;
  const late = live.car !== null && at < live.car.at && backlog.car !== null && backlog.car.at <= at;
  return late ? backlog.car : live.car;
}

/**
 * Is the end of a stored report known? By its own clear, or, when it is old, by a newer snapshot that lacks
 * it.
 */
function shownGone(
  draft: Draft,
  source: Source,
  report: FaultReport,
): { at: number; reason: 'reported-clear' | 'absent-from-snapshot' } | null {
  const code = codeKey(report.profile, report.code) ?? '';
  const cleared = draft.state.clears.find((each) => each.code === code && each.at >= source.at);
  if (cleared) return { at: cleared.at, reason: 'reported-clear' };
  const { snapshot } = draft.state;
  const old = source.receivedAt - source.at > THRESHOLDS.historyAgeMs;
  if (old && snapshot !== null && snapshot.at >= source.at && !snapshot.codes.includes(code)) {
    return { at: snapshot.at, reason: 'absent-from-snapshot' };
  }
  return null;
}

/**
 * The codes active after a reconnect: raise what is missing, clear what is gone, never an entrapment
 * (invariant 7).
 */
export function stepSnapshot(draft: Draft, source: Source, snapshot: ActiveCodes): void {
  if (draft.state.snapshot !== null && source.stored && source.at < draft.state.snapshot.at) return;
  const prefix = `${snapshot.profile}:`;
  const active = new Map(snapshot.active.map((each) => [`${prefix}${each.code}`, each]));
  draft.state.snapshot = { at: source.at, codes: [...active.keys()] };
  const known = new Set<string>();
  for (const [key, open] of Object.entries(draft.state.open)) {
    for (const code of open.codes) known.add(code);
    // A snapshot that waited in the terminal knows nothing of what began after it.
    if (source.stored && source.at < open.fault.raisedAt) continue;
    const codes = open.codes.filter((code) => !code.startsWith(prefix) || active.has(code));
    if (codes.length === open.codes.length) continue;
    if (open.fault.kind === 'entrapment') mark(draft, key, source, 'absent-from-snapshot');
    else if (codes.length > 0) setOpen(draft, key, { ...open, codes });
    else clear(draft, key, source, 'absent-from-snapshot');
  }
  for (const [code, each] of active) {
    if (known.has(code)) continue;
    const report: FaultReport = {
      profile: snapshot.profile,
      code: each.code,
      kind: each.kind,
      state: 'raised',
      detail: null,
    };
    // What has ended since was told by reports of its own; a guarded kind pages all the same.
    const ended = source.stored && shownGone(draft, source, report) !== null;
    if (!ended || FAULT_CATALOGUE[each.kind].guarded) stepRaise(draft, source, report, 'active-in-snapshot');
  }
}
