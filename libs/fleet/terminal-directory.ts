import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type KnownTerminal, TerminalRegistry } from '#ingest';
import type { Withdrawal, WithdrawalListener } from '#mqtt';
import { LogFollower, Records } from '#records';
import { Clock, Metrics } from '#runtime';
import { type DirectoryRow, factsOf, findRows, type TerminalFacts, terminalsOf } from './directory-rows.js';

const LOAD_PAGE = 5_000;
const EVENT_PAGE = 500;
/** A stranger who tries ids all day must not ask the database each time. */
const MISS_MS = 1_000;
const MISSES_MAX = 1_000;

/**
 * Every terminal, in memory: asked for each connection and each message. Loaded at the start, then kept fresh
 * by the event log; `find` falls back to the database, so that a terminal registered a moment ago works at
 * once.
 */
@Injectable()
export class TerminalDirectory extends TerminalRegistry implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('TerminalDirectory');
  private readonly terminals = new Map<string, TerminalFacts>();
  /** Ids the database did not know, and until when (ms) that is believed. */
  private readonly misses = new Map<string, number>();
  private readonly withdrawalListeners = new Set<WithdrawalListener>();
  private readonly follower: LogFollower;
  private position = 0;

  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    super();
    this.follower = new LogFollower({
      records,
      clock,
      readOn: (stopping) => this.readOn(stopping),
      failed: (error) => this.log.warn(`Cannot follow the event log, trying again: ${String(error)}`),
    });
  }

  async onModuleInit(): Promise<void> {
    // The head first: what is registered while we load is in the events after it.
    this.position = await this.records.headEventId();
    await this.loadAll();
    this.follower.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.follower.stop();
  }

  /** Null also for a revoked terminal. */
  override lookup(terminalId: string): KnownTerminal | null {
    const facts = this.terminals.get(terminalId);
    return facts === undefined || facts.revoked ? null : facts;
  }

  /** Revoked terminals too. Throws when the terminal is not in memory and the database cannot be asked. */
  async find(terminalId: string): Promise<TerminalFacts | null> {
    const known = this.terminals.get(terminalId);
    if (known !== undefined) return known;
    if ((this.misses.get(terminalId) ?? 0) > this.clock.now()) return null;
    for (const row of await findRows(this.records.db, [terminalId])) {
      // Kept meanwhile by the log's reader: that row is newer than the one we waited for.
      if (!this.terminals.has(row.id)) this.keep(row);
    }
    const found = this.terminals.get(terminalId);
    if (found === undefined) this.rememberMiss(terminalId);
    return found ?? null;
  }

  /**
   * Calls `listener` when a terminal that was in memory is revoked or has another secret, whichever process
   * did it. Returns the stop function.
   */
  onWithdrawn(listener: WithdrawalListener): () => void {
    this.withdrawalListeners.add(listener);
    return () => {
      this.withdrawalListeners.delete(listener);
    };
  }

  private rememberMiss(terminalId: string): void {
    const oldest = this.misses.keys().next();
    if (this.misses.size >= MISSES_MAX && !oldest.done) this.misses.delete(oldest.value);
    this.misses.set(terminalId, this.clock.now() + MISS_MS);
  }

  private async readOn(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const events = await this.records.readEvents(this.position, EVENT_PAGE);
      const last = events.at(-1);
      if (last === undefined) return;
      const ids = await terminalsOf(this.records.db, events);
      // A newer state than the event's is right too: the rows are the truth.
      if (ids.length > 0) for (const row of await findRows(this.records.db, ids)) this.keep(row);
      this.position = last.id;
    }
  }

  private async loadAll(): Promise<void> {
    let after = '';
    for (;;) {
      const rows = await findRows(this.records.db, { after, limit: LOAD_PAGE });
      for (const row of rows) this.keep(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < LOAD_PAGE) return;
      after = last.id;
    }
  }

  private keep(row: DirectoryRow): void {
    const facts = factsOf(row);
    const before = this.terminals.get(row.id);
    this.terminals.set(row.id, facts);
    this.misses.delete(row.id);
    this.metrics
      .gauge('liftwarden_directory_terminals', 'Terminals the directory holds in memory.')
      .set(this.terminals.size);
    if (before === undefined || before.revoked) return;
    if (facts.revoked) this.tellWithdrawn(row.id, 'revoked');
    else if (facts.secretHash !== before.secretHash) this.tellWithdrawn(row.id, 'secret-replaced');
  }

  private tellWithdrawn(terminalId: string, withdrawal: Withdrawal): void {
    this.metrics
      .counter('liftwarden_terminals_withdrawn_total', 'Terminals that lost their right to be connected.', [
        'reason',
      ])
      .inc({ reason: withdrawal });
    for (const listener of this.withdrawalListeners) {
      try {
        listener(terminalId, withdrawal);
      } catch (error) {
        this.log.error(`A listener failed to withdraw terminal ${terminalId}: ${String(error)}`);
      }
    }
  }
}
