import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit, Optional } from '@nestjs/common';
import { decideAlarm } from '#domain';
import { type UnrecordedFault, UnrecordedFaults } from '#ingest';
import { Clock, Metrics } from '#runtime';
import { type AlarmFrame, serverSentEvent } from './alarm-frame.js';
import { alarmView } from './alarm-view.js';

/** More critical faults than this within one outage, and the newest are what matters. */
const KEPT_MAX = 1_000;

/**
 * Critical alarms while the records database is stopped: made from the fault in memory, marked `recorded:
 * false`, with the id that the recorded alarm will have, which then replaces it. Only a process that ingests
 * has them.
 */
@Injectable()
export class UnrecordedAlarms implements OnModuleInit, OnModuleDestroy {
  private readonly frames = new Map<string, AlarmFrame>();
  private readonly listeners = new Set<(frame: AlarmFrame) => void>();
  private stop: () => void = () => undefined;

  constructor(
    @Optional() @Inject(UnrecordedFaults) private readonly faults: UnrecordedFaults | null,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.stop = this.faults?.subscribe((unrecorded) => this.take(unrecorded)) ?? this.stop;
  }

  onModuleDestroy(): void {
    this.stop();
  }

  /** For a client that joins during the outage. */
  get current(): readonly AlarmFrame[] {
    return [...this.frames.values()];
  }

  add(listener: (frame: AlarmFrame) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** The log has the alarm now. */
  recorded(alarmId: string): void {
    this.frames.delete(alarmId);
  }

  private take({ fault, known }: UnrecordedFault): void {
    const decision = decideAlarm(
      null,
      { type: 'raise', cause: { source: 'fault', fault } },
      this.clock.now(),
    );
    if (!decision.ok) return;
    const owner = { district: known?.district ?? null, firm: known?.firm ?? null };
    const fact = known && {
      district: known.district ?? '',
      firm: known.firm,
      rescueCode: known.rescueCode,
      address: known.address ?? '',
      districtName: null,
    };
    const view = alarmView(decision.state, owner, fact ?? undefined);
    // Version 0: the recorded alarm begins at 1 and so replaces it.
    const alarm = { ...view, version: 0, recorded: false };
    const frame: AlarmFrame = {
      id: 0,
      alarmId: alarm.id,
      ...owner,
      receivedAt: fault.receivedAt,
      text: serverSentEvent('alarm.raised', { type: 'alarm.raised', alarm }),
    };
    this.frames.set(alarm.id, frame);
    const oldest = this.frames.keys().next();
    if (this.frames.size > KEPT_MAX && !oldest.done) this.frames.delete(oldest.value);
    this.metrics
      .counter('liftwarden_alarms_unrecorded_total', 'Critical alarms shown while the database was stopped.')
      .inc();
    for (const listener of this.listeners) listener(frame);
  }
}
