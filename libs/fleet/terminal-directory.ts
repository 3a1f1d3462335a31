import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type KnownTerminal, TerminalRegistry } from '#ingest';
import { type LogEvent, Records } from '#records';
import { Clock, Metrics } from '#runtime';

const LOAD_PAGE = 5_000;
const EVENT_PAGE = 500;
const RETRY_MS = 1_000;
/** A stranger who tries ids all day must not ask the database each time. */
const MISS_MS = 1_000;
const MISSES_MAX = 1_000;

/** A terminal as the directory keeps it. */
export interface TerminalFacts extends KnownTerminal {
  readonly secretHash: string;
  readonly revoked: boolean;
}

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
  private readonly stopping = new AbortController();
  private position = 0;
  private woken = false;
  private following: Promise<void> | null = null;
  private stopListening: (() => void) | null = null;

  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    super();
  }

  async onModuleInit(): Promise<void> {
    // The head first: what is registered while we load is in the events after it.
    this.position = await this.records.headEventId();
    await this.loadAll();
    this.stopListening = this.records.onEvents(() => this.wake());
    this.wake();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    this.stopListening?.();
    await this.following;
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
    await this.reload([terminalId]);
    const found = this.terminals.get(terminalId);
    if (found === undefined) this.rememberMiss(terminalId);
    return found ?? null;
  }

  private rememberMiss(terminalId: string): void {
    const oldest = this.misses.keys().next();
    if (this.misses.size >= MISSES_MAX && !oldest.done) this.misses.delete(oldest.value);
    this.misses.set(terminalId, this.clock.now() + MISS_MS);
  }

  private wake(): void {
    this.woken = true;
    this.following ??= this.follow().finally(() => {
      this.following = null;
      // Woken between the last look and now.
      if (this.woken && !this.stopping.signal.aborted) this.wake();
    });
  }

  private async follow(): Promise<void> {
    while (this.woken && !this.stopping.signal.aborted) {
      this.woken = false;
      try {
        await this.readOn();
      } catch (error) {
        this.log.warn(`Cannot follow the event log, trying again: ${String(error)}`);
        this.woken = true;
        await this.clock.sleep(RETRY_MS, this.stopping.signal);
      }
    }
  }

  private async readOn(): Promise<void> {
    for (;;) {
      const events = await this.records.readEvents(this.position, EVENT_PAGE);
      const last = events.at(-1);
      if (last === undefined) return;
      await this.reload([...new Set(events.flatMap(terminalOf))]);
      this.position = last.id;
    }
  }

  private async loadAll(): Promise<void> {
    let after = '';
    for (;;) {
      const rows = await this.select().where('terminal.id', '>', after).limit(LOAD_PAGE).execute();
      for (const row of rows) this.keep(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < LOAD_PAGE) return;
      after = last.id;
    }
  }

  /** Reads these terminals again. A newer state than the event's is right too: the rows are the truth. */
  private async reload(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const rows = await this.select()
      .where('terminal.id', 'in', [...ids])
      .execute();
    for (const row of rows) this.keep(row);
  }

  private select() {
    return this.records.db
      .selectFrom('terminal')
      .leftJoin('terminal_binding', (join) =>
        join
          .onRef('terminal_binding.terminal', '=', 'terminal.id')
          .on('terminal_binding.unbound_at', 'is', null),
      )
      .leftJoin('lift', 'lift.registration_code', 'terminal_binding.lift')
      .select(['terminal.id', 'terminal.profile', 'terminal.secret_hash', 'terminal.revoked_at'])
      .select(['terminal_binding.lift', 'lift.district', 'lift.firm', 'lift.address', 'lift.rescue_code'])
      .orderBy('terminal.id');
  }

  private keep(row: {
    id: string;
    profile: string;
    secret_hash: string;
    revoked_at: Date | null;
    lift: string | null;
    district: string | null;
    firm: string | null;
    address: string | null;
    rescue_code: string | null;
  }): void {
    const { id, profile, lift, district, firm, address } = row;
    const facts = {
      id,
      profile,
      lift,
      district,
      firm,
      address,
      rescueCode: row.rescue_code,
      secretHash: row.secret_hash,
      revoked: row.revoked_at !== null,
    };
    this.terminals.set(id, facts);
    this.misses.delete(id);
    this.metrics
      .gauge('liftwarden_directory_terminals', 'Terminals the directory holds in memory.')
      .set(this.terminals.size);
  }
}

function terminalOf(event: LogEvent): readonly string[] {
  const { terminal } = event.data;
  return event.type.startsWith('terminal.') && typeof terminal === 'string' ? [terminal] : [];
}
