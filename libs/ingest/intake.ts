import { Injectable } from '@nestjs/common';
import { mapTerminalTime } from '#domain';
import { Journal, type MessageEntry, type MessageSource } from '#journal';
import type { InboundMessage } from '#mqtt';
import {
  type Decoded,
  PAYLOAD_BYTES_MAX,
  PROFILES,
  profileOfTopic,
  type QuarantineReason,
  type TerminalProfile,
} from '#protocol';
import { IngestMetrics } from './ingest-metrics.js';
import { forgetItems, judgeItems, NO_DUPLICATES, noCounts } from './item-identity.js';
import { ReaderPressure } from './reader-pressure.js';
import { SeenIdentities } from './seen-identities.js';
import { type KnownTerminal, TerminalRegistry } from './terminal-registry.js';

type Refused = Extract<Decoded, { ok: false }>;

type Identified =
  | { refusal: null; source: MessageSource; profile: Pick<TerminalProfile, 'decode'> }
  | { refusal: Refused; source: MessageSource; profile: null };

const NOBODY: MessageSource = { terminal: null, profile: null, lift: null, district: null };

/**
 * Takes a batch from the broker into the journal: decodes once, judges duplicates, binds each message to its
 * lift, appends. Resolves when the batch is durable; that is the acknowledgement (invariant 1). What cannot
 * be decoded goes into the journal all the same, with the reason.
 */
@Injectable()
export class Intake {
  /** Of the batch in hand: a metric costs more than judging, so it is told once a batch. */
  private readonly verdicts = noCounts();
  private readonly sources = new WeakMap<KnownTerminal, MessageSource>();

  constructor(
    private readonly journal: Journal,
    private readonly registry: TerminalRegistry,
    private readonly seen: SeenIdentities,
    private readonly metrics: IngestMetrics,
    private readonly pressure: ReaderPressure,
  ) {}

  /** Rejects when the journal is full or has failed: then nothing of the batch is acknowledged. */
  async take(batch: readonly InboundMessage[]): Promise<void> {
    const room = this.pressure.room();
    if (room !== null) await room;
    const entries: MessageEntry[] = [];
    try {
      for (const message of this.keeping(batch)) entries.push(this.entryOf(message));
      this.countItems();
      if (entries.length > 0) await this.journal.append(entries);
    } catch (error) {
      // None of it is durable, so all of it will be sent again: it must not then look like a duplicate.
      for (const entry of entries.reverse()) this.forget(entry);
      this.metrics.messages.inc({ outcome: 'refused' }, batch.length);
      throw error;
    }
    this.metrics.messages.inc({ outcome: 'journalled' }, entries.length);
  }

  /**
   * What is taken of a batch: all of it, but when the journal is nearly full no telemetry that nobody was
   * promised (QoS 0). What waits for an acknowledgement is taken until there is really no room, and then
   * refused with it.
   */
  private keeping(batch: readonly InboundMessage[]): readonly InboundMessage[] {
    const { pressure } = this.journal;
    if (pressure === null) return batch;
    const kept = batch.filter(({ qos, topic }) => qos > 0 || !isTelemetry(topic));
    this.metrics.shed.inc({ reason: pressure }, batch.length - kept.length);
    return kept;
  }

  private entryOf(message: InboundMessage): MessageEntry {
    const found = this.identify(message);
    const decoded = found.refusal ?? decodeSafely(found.profile, message);
    const { receivedAt, topic, payload } = message;
    const { source } = found;
    if (!decoded.ok) {
      const { reason, detail } = decoded;
      this.metrics.quarantined.inc({ reason });
      return {
        ...{ kind: 'message', receivedAt, topic, payload, source },
        ...{ clockOffsetMs: 0, clockSuspect: false, duplicates: NO_DUPLICATES },
        refusal: { reason, detail },
      };
    }
    const terminal = source.terminal ?? '';
    const first = decoded.items[0];
    const clockOffsetMs = first ? this.seen.offsetMs(terminal, first.origin, receivedAt) : 0;
    const clockSuspect =
      first !== undefined && mapTerminalTime(first.origin, receivedAt, clockOffsetMs).clockSuspect;
    if (clockSuspect) this.metrics.clockSuspect.inc();
    const duplicates = judgeItems(this.seen, terminal, message, decoded.items, this.verdicts);
    return {
      kind: 'message',
      receivedAt,
      topic,
      payload,
      source,
      clockOffsetMs,
      clockSuspect,
      duplicates,
      refusal: null,
      memo: decoded,
    };
  }

  /** Whose message it is, and whether it may be looked into at all. */
  private identify(message: InboundMessage): Identified {
    const { topic } = message;
    const addressed = profileOfTopic(topic);
    const known = this.known(message, addressed?.terminalId ?? null);
    const source = known === null ? { ...NOBODY, terminal: message.clientId } : this.sourceOf(known);
    if (!message.allowed)
      return refused(source, 'topic-not-allowed', `${message.clientId} may not publish to ${topic}`);
    if (addressed === null) return refused(source, 'unknown-topic', `no profile knows the topic ${topic}`);
    if (known === null) {
      return refused(source, 'unknown-terminal', `no terminal ${addressed.terminalId} is registered`);
    }
    const profile = PROFILES.get(known.profile);
    if (!profile || profile.terminalOf(topic) !== known.id) {
      const detail = `${known.id} speaks ${known.profile}, which does not use ${topic}`;
      return refused(source, 'topic-not-allowed', detail);
    }
    if (known.lift === null) {
      return refused(source, 'terminal-not-bound', `${known.id} is bound to no lift`);
    }
    if (message.payload.byteLength > PAYLOAD_BYTES_MAX) {
      const { byteLength } = message.payload;
      return refused(source, 'too-large', `${byteLength} bytes, at most ${PAYLOAD_BYTES_MAX} are read`);
    }
    return { refusal: null, source, profile };
  }

  /** The edge broker says who sent it; behind an external broker only the topic does. */
  private known(message: InboundMessage, addressed: string | null): KnownTerminal | null {
    const id = message.clientId ?? addressed;
    return id === null ? null : this.registry.lookup(id);
  }

  /** One object for all messages of a terminal, until the directory knows it anew. */
  private sourceOf(known: KnownTerminal): MessageSource {
    let source = this.sources.get(known);
    if (source === undefined) {
      const district = known.district?.slice(0, 6) ?? null;
      source = { terminal: known.id, profile: known.profile, lift: known.lift, district };
      this.sources.set(known, source);
    }
    return source;
  }

  private countItems(): void {
    for (const verdict of ['new', 'duplicate', 'seq-reused'] as const) {
      if (this.verdicts[verdict] > 0) this.metrics.items.inc({ verdict }, this.verdicts[verdict]);
      this.verdicts[verdict] = 0;
    }
  }

  private forget(entry: MessageEntry): void {
    const decoded = entry.memo as Decoded | undefined;
    const { terminal } = entry.source;
    if (decoded?.ok && terminal !== null) forgetItems(this.seen, terminal, entry, decoded.items);
  }
}

function refused(source: MessageSource, reason: QuarantineReason, detail: string): Identified {
  return { refusal: { ok: false, reason, detail }, source, profile: null };
}

function isTelemetry(topic: string): boolean {
  return profileOfTopic(topic)?.profile.isTelemetry(topic) ?? false;
}

/**
 * A codec never throws; if one did, its message would cut off every terminal of its batch, be sent again, and
 * do so for ever (PITFALLS 16). The journal keeps the bytes.
 */
function decodeSafely(profile: Pick<TerminalProfile, 'decode'>, message: InboundMessage): Decoded {
  try {
    return profile.decode(message.topic, message.payload);
  } catch (error) {
    return { ok: false, reason: 'invalid-payload', detail: `the codec failed: ${error}`.slice(0, 500) };
  }
}
