import type { FaultKind } from '#protocol';
import type { LedgerLine } from './ledger.js';

/**
 * What a correct platform must make of a run's ledger. Deliberately shares nothing with `libs/domain`: the
 * thresholds below are DOMAIN §4 read a second time, so an error there does not excuse itself here.
 */
export interface ExpectedFault {
  readonly lift: string;
  readonly kind: FaultKind;
  readonly evidence: 'reported' | 'inferred';
  /** The fault may appear no earlier and no later than this (ms, terminal's clock). */
  readonly earliest: number;
  readonly latest: number;
  /**
   * It may clear no earlier than this; entrapments when level and open, others when the condition is gone.
   */
  readonly clearsFrom: number;
}

/** Stopped outside the zone with a person inside, at least this long (DOMAIN §4). */
const ENTRAPMENT_OUTSIDE_MS = 45_000;
/** A terminal with nothing new to say says it every 5 s. */
const IDLE_SAMPLE_MS = 5000;
const BUSY_SAMPLE_MS = 1000;
/** The door opens between the bad stop and the first sample with it open. */
const DOOR_OPENS_MS = 3000;
/** A run out of the zone is certain after this many samples. */
const MOVING_SAMPLES_MS = 4 * BUSY_SAMPLE_MS;

/** Other kinds a scripted fault may rightly raise beside the expected one. */
export const ALSO_POSSIBLE: Readonly<Record<LedgerLine['how'], readonly FaultKind[]>> = {
  'door-fault': ['door-cycling', 'door-held'],
  'levelling-error': ['door-held'],
  'shorted-safety-loop': ['moving-with-door-open', 'unintended-movement'],
  'moving-door-open': ['unintended-movement', 'safety-chain-open'],
  'trapped-pressing-button': ['stopped-outside-zone', 'terminal-presence-sensor'],
  'trapped-silent': ['stopped-outside-zone', 'terminal-presence-sensor'],
  'mains-lost': [],
  inspection: [],
  gas: ['door-held'],
  ebike: ['door-held'],
  'network-lost': [],
};

/** Expected faults in the order of the ledger. `slackMs`: what the platform and the network may take. */
export function expectedFaults(ledger: readonly LedgerLine[], slackMs = 1000): ExpectedFault[] {
  return ledger.flatMap((line) => {
    const window = windowOf(line);
    if (!window) return [];
    return [
      {
        lift: line.lift,
        kind: window.kind,
        evidence: window.evidence,
        earliest: line.at + window.afterMs,
        latest: line.at + window.afterMs + window.withinMs + slackMs,
        clearsFrom: line.endsAt,
      },
    ];
  });
}

interface Window {
  readonly kind: FaultKind;
  readonly evidence: 'reported' | 'inferred';
  readonly afterMs: number;
  readonly withinMs: number;
}

function windowOf(line: LedgerLine): Window | null {
  // Mode changes are not faults, and silence is judged by an hour, not by a script's minute.
  if (line.kind === 'inspection' || line.how === 'network-lost') return null;
  const { kind } = line;
  switch (line.how) {
    case 'trapped-silent':
      // Released before the threshold: nobody was trapped long enough to tell.
      if (line.endsAt - line.at < ENTRAPMENT_OUTSIDE_MS) return null;
      return { kind, evidence: 'inferred', afterMs: ENTRAPMENT_OUTSIDE_MS, withinMs: IDLE_SAMPLE_MS };
    case 'levelling-error':
      return { kind, evidence: 'inferred', afterMs: 0, withinMs: DOOR_OPENS_MS + BUSY_SAMPLE_MS };
    case 'shorted-safety-loop':
    case 'moving-door-open':
      return { kind, evidence: 'inferred', afterMs: 0, withinMs: MOVING_SAMPLES_MS };
    default:
      return { kind, evidence: 'reported', afterMs: 0, withinMs: BUSY_SAMPLE_MS };
  }
}
