import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Records } from '#records';
import { Clock, Metrics } from '#runtime';
import { type AlarmFrame, alarmFrame } from './alarm-frame.js';
import { AlarmStream, type StreamEnd, type StreamOutput } from './alarm-stream.js';
import { AlarmTail, type TailListener } from './alarm-tail.js';
import { isoTime, isoTimeOrNull } from './alarm-view.js';
import { UnrecordedAlarms } from './unrecorded-alarms.js';

/** Open streams of this process. A bare one costs some tens of KB, a slow one up to its 1 MiB buffer. */
export const STREAMS_MAX = 1_000;
/** Further back than this a client lists again: that is cheaper for both than a long replay. */
export const REPLAY_MAX_EVENTS = 5_000;
/** A page with the longest notes stays well below a client's buffer. */
const REPLAY_PAGE = 100;
/** How long a resuming client may take for one page before it counts as too slow. */
const REPLAY_STALL_MS = 30_000;
const HEARTBEAT_MS = 5_000;
const LATENCY_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** Who listens, and how to ask whether they still may. */
export interface StreamClient {
  readonly maySee: (frame: AlarmFrame) => boolean;
  /** Asks for the caller's rights again; null when they are gone. Rejects when nobody can say. */
  readonly recheck: () => Promise<((frame: AlarmFrame) => boolean) | null>;
}

interface Member {
  readonly stream: AlarmStream;
  readonly client: StreamClient;
  live: boolean;
  rechecking: boolean;
}

/** The live streams of this process: replay, then live, without a gap or a double (both are tested). */
@Injectable()
export class AlarmStreams implements OnModuleInit, OnModuleDestroy, TailListener {
  private readonly log = new Logger(AlarmStreams.name);
  private readonly members = new Set<Member>();
  private stops: readonly (() => void)[] = [];

  constructor(
    private readonly records: Records,
    private readonly tail: AlarmTail,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly unrecorded: UnrecordedAlarms,
  ) {}

  onModuleInit(): void {
    this.stops = [
      this.tail.add(this),
      this.clock.every(HEARTBEAT_MS, () => this.beat()),
      this.unrecorded.add((frame) => {
        for (const { stream } of this.members) stream.offerUnrecorded(frame);
      }),
    ];
  }

  onModuleDestroy(): void {
    for (const stop of this.stops) stop();
    for (const { stream } of this.members) stream.end('shutdown');
  }

  get isFull(): boolean {
    return this.members.size >= STREAMS_MAX;
  }

  /**
   * Serves `output` until it ends: `hello`, then what happens from now on, or from `lastEventId` on when the
   * client resumes. `isFull` must be false. The returned stream's `end` must be called when the client goes.
   */
  open(output: StreamOutput, client: StreamClient, lastEventId: string | null): AlarmStream {
    const fresh = lastEventId === null;
    const head = this.tail.position;
    const from = fresh ? head : eventId(lastEventId);
    const stream = new AlarmStream(output, from ?? head, client.maySee, (why) => this.ended(member, why));
    const member: Member = { stream, client, live: false, rechecking: false };
    this.members.add(member);
    this.gauge().set(this.members.size);
    stream.hello(head, fresh);
    for (const frame of this.unrecorded.current) stream.offerUnrecorded(frame);
    if (fresh) member.live = true;
    else {
      this.resume(member, from).catch((error: unknown) => {
        this.log.warn(`A stream could not resume after event ${lastEventId}: ${String(error)}`);
        stream.end('records-failed');
      });
    }
    return stream;
  }

  onPage(frames: readonly AlarmFrame[], upTo: number): void {
    const now = this.clock.now();
    for (const { alarmId } of frames) this.unrecorded.recorded(alarmId);
    for (const { stream, live } of this.members) {
      if (!live) continue;
      for (const { receivedAt } of stream.offer(frames, upTo)) {
        if (receivedAt !== null) this.latency().observe(Math.max(0, now - receivedAt) / 1_000);
      }
    }
  }

  /** `from` null = an id that was never ours. */
  private async resume(member: Member, from: number | null): Promise<void> {
    const { stream } = member;
    if (from === null || !(await this.canReplay(from))) {
      stream.reset(this.tail.position);
      this.resets().inc();
    }
    while (stream.isOpen) {
      if (stream.position >= this.tail.position) {
        // In the same turn as the comparison: every later page goes to `onPage`, and none before it is
        // missing.
        member.live = true;
        return;
      }
      // The read sees at least what the tail has seen, so a short page covers that too.
      const seen = this.tail.position;
      const page = await this.records.readEvents(stream.position, REPLAY_PAGE);
      const last = page.at(-1)?.id ?? 0;
      const upTo = page.length < REPLAY_PAGE ? Math.max(last, seen) : last;
      stream.offer(
        page.flatMap((event) => alarmFrame(event) ?? []),
        upTo,
      );
      await stream.drained(this.clock, REPLAY_STALL_MS);
    }
  }

  private async canReplay(from: number): Promise<boolean> {
    const head = await this.records.headEventId();
    if (from > head || head - from > REPLAY_MAX_EVENTS) return false;
    const oldest = (await this.records.readEvents(0, 1))[0];
    return oldest === undefined || from >= oldest.id - 1;
  }

  private beat(): void {
    const at = isoTime(this.clock.now());
    const failingSince = isoTimeOrNull(this.tail.failingSince);
    for (const member of this.members) {
      member.stream.heartbeat(at, failingSince);
      if (member.stream.isOpen && !member.rechecking) this.recheck(member);
    }
  }

  private recheck(member: Member): void {
    member.rechecking = true;
    member.client
      .recheck()
      .then(
        (maySee) => (maySee ? member.stream.allow(maySee) : member.stream.end('not-authorised')),
        // Nobody can say while the database is stopped; nothing new comes out of its log meanwhile either.
        (error: unknown) => this.log.warn(`Could not recheck the rights of a stream: ${String(error)}`),
      )
      .finally(() => {
        member.rechecking = false;
      });
  }

  private ended(member: Member, why: StreamEnd): void {
    this.members.delete(member);
    this.gauge().set(this.members.size);
    this.metrics
      .counter('liftwarden_alarm_streams_ended_total', 'Live alarm streams that ended, by why.', ['reason'])
      .inc({ reason: why });
  }

  private gauge() {
    return this.metrics.gauge('liftwarden_alarm_streams', `Open live alarm streams, at most ${STREAMS_MAX}.`);
  }

  private resets() {
    return this.metrics.counter(
      'liftwarden_alarm_stream_resets_total',
      'Resumes that were too old to replay.',
    );
  }

  private latency() {
    return this.metrics.histogram(
      'liftwarden_alarm_stream_seconds',
      "From the receipt of a fault's message to its alarm on a live stream.",
      LATENCY_SECONDS,
    );
  }
}

/** The id of a `Last-Event-ID` header; null when it was never one of ours. */
function eventId(header: string): number | null {
  const id = /^\d{1,15}$/.test(header) ? Number(header) : Number.NaN;
  return Number.isSafeInteger(id) ? id : null;
}
