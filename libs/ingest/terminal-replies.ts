import { Injectable, Logger } from '@nestjs/common';
import type { DownlinkResult, InboundMessage, TerminalDownlink } from '#mqtt';
import { PROFILES, profileOfTopic, type TerminalAnswer } from '#protocol';
import { Clock, Metrics } from '#runtime';
import { TerminalRegistry } from './terminal-registry.js';

/** Answers on their way at once, over all terminals; one more is shed. */
export const ANSWERS_MAX = 10_000;
/** The same of one terminal: one that does not read must not use up the room of the others. */
export const ANSWERS_A_TERMINAL_MAX = 100;
/** At most one line a minute: a fleet that subscribed wrongly would fill the log. */
const REPORT_EVERY_MS = 60_000;

/** What became of an answer. `shed`: too many were on their way; `no-downlink`: this broker has none. */
type Outcome = DownlinkResult | 'shed' | 'no-downlink';

/** An answer that a terminal waits for. */
interface Due extends TerminalAnswer {
  readonly terminal: string;
}

/**
 * Gives terminals the answers their profiles promise, once their messages are durable: what was read, what
 * went to quarantine and what was sent before alike, or they would send it for ever. Nobody waits for it:
 * an answer that cannot be sent is counted, and the terminal sends its message again.
 */
@Injectable()
export class TerminalReplies {
  private readonly log = new Logger('TerminalReplies');
  private readonly outcomes;
  private readonly underWay = new Map<string, number>();
  private total = 0;
  private downlink: TerminalDownlink | null = null;
  private unsent = 0;
  private reportedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly registry: TerminalRegistry,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.outcomes = metrics.counter('liftwarden_terminal_answers_total', 'Answers to terminals by outcome', [
      'outcome',
    ]);
    metrics.measured(
      'liftwarden_terminal_answers_under_way',
      `Answers to terminals being sent; at most ${ANSWERS_MAX}, then they are shed`,
      [],
      (gauge) => gauge.set(this.total),
    );
  }

  /** The way to the terminals; the broker is made after the modules. Without one nothing is answered. */
  sendThrough(downlink: TerminalDownlink): void {
    this.downlink = downlink;
  }

  /** Starts to answer a batch that is in the journal. Never throws, waits for nothing. */
  answer(batch: readonly InboundMessage[]): void {
    for (const message of batch) {
      const due = this.dueFor(message);
      if (due !== null) void this.send(due);
    }
  }

  private dueFor(message: InboundMessage): Due | null {
    const { topic, payload, receivedAt } = message;
    if (!message.allowed) return null;
    const id = message.clientId ?? profileOfTopic(topic)?.terminalId;
    const known = id === undefined ? null : this.registry.lookup(id);
    const profile = known === null ? undefined : PROFILES.get(known.profile);
    if (known === null || profile?.answer === undefined || profile.terminalOf(topic) !== known.id)
      return null;
    try {
      const answer = profile.answer(topic, payload, { receivedAt, now: this.clock.now() });
      return answer === null ? null : { ...answer, terminal: known.id };
    } catch (error) {
      // The message is durable: a profile that breaks its promise must not have the batch sent again.
      this.log.error(`Profile ${profile.name} failed to answer ${topic}: ${String(error)}`);
      return null;
    }
  }

  private async send(due: Due): Promise<void> {
    this.settled(due, await this.trySend(due));
  }

  private async trySend({ terminal, topic, payload }: Due): Promise<Outcome> {
    const { downlink } = this;
    if (downlink === null) return 'no-downlink';
    const before = this.underWay.get(terminal) ?? 0;
    if (this.total >= ANSWERS_MAX || before >= ANSWERS_A_TERMINAL_MAX) return 'shed';
    this.total += 1;
    this.underWay.set(terminal, before + 1);
    try {
      return await downlink.send(terminal, topic, payload);
    } catch {
      return 'failed';
    } finally {
      this.total -= 1;
      const left = (this.underWay.get(terminal) ?? 1) - 1;
      if (left > 0) this.underWay.set(terminal, left);
      else this.underWay.delete(terminal);
    }
  }

  private settled(due: Due, outcome: Outcome): void {
    this.outcomes.inc({ outcome });
    if (outcome === 'sent') return;
    this.unsent += 1;
    const now = this.clock.monotonicMs();
    if (now - this.reportedAt < REPORT_EVERY_MS) return;
    this.log.warn(
      `${this.unsent} answers to terminals could not be sent, the last to ${due.terminal} on ${due.topic}: ` +
        `${outcome}. A terminal without its answer sends its message again.`,
    );
    this.reportedAt = now;
    this.unsent = 0;
  }
}
