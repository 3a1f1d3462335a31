import { type SqlBool, sql } from 'kysely';
import { mustMatch } from '#access';
import type { NewLogEvent, Tx } from '#records';
import { refusalProblem } from './fleet-problems.js';

/** A terminal under its lock. */
interface LockedTerminal {
  readonly id: string;
  readonly version: number;
  readonly revoked: boolean;
  readonly lift: string | null;
  readonly district: string | null;
  readonly firm: string | null;
  readonly boundAt: Date | null;
}

/** What every action on one terminal is told. */
export interface TerminalAction {
  readonly id: string;
  /** Versions the caller has read; null = whatever is there. */
  readonly versions: ReadonlySet<number> | null;
  readonly now: Date;
  /** Who does it, for the events. */
  readonly by: string;
}

interface Done {
  readonly result: undefined;
  readonly events: readonly NewLogEvent[];
}

/** A start or end of a binding later than this after "now" is a mistake, not a clock. */
const FUTURE_MAX_MS = 60_000;

/**
 * Binds a terminal to a lift, from a moment until another, or on. Its present binding ends when the new one
 * begins. Throws a 409 problem when the lift or the terminal is bound otherwise in that time.
 */
export async function bindTerminal(
  tx: Tx,
  action: TerminalAction,
  want: { readonly lift: string; readonly from: Date | null; readonly to: Date | null },
): Promise<Done> {
  const { id, now, by } = action;
  const terminal = await lockTerminal(tx, action);
  refuseRevoked(terminal);
  const from = want.from ?? now;
  refuseFuture('from', from, now);
  if (want.to !== null) refuseFuture('to', want.to, now);
  if (want.to !== null && want.to <= from)
    throw refusalProblem({ field: 'to', code: 'to-before-from', message: 'to must be after from' });
  const lift = await lockLift(tx, want.lift);
  if (want.to === null && terminal.lift === want.lift) return { result: undefined, events: [] };
  const replaces = want.to === null && terminal.boundAt !== null && terminal.boundAt <= from;
  await refuseOverlap(tx, id, want.lift, from, want.to, replaces);
  if (replaces) await endBinding(tx, id, from);
  await tx
    .insertInto('terminal_binding')
    .values({ terminal: id, lift: want.lift, bound_at: from, unbound_at: want.to })
    .execute();
  await countChange(tx, id);
  const data = { terminal: id, boundAt: from.toISOString(), unboundAt: want.to?.toISOString() ?? null, by };
  const events: NewLogEvent[] = [{ type: 'terminal.bound', ...lift, data }];
  if (replaces) events.unshift(unbound(terminal, from, by));
  return { result: undefined, events };
}

/** Ends the present binding. Throws a 409 problem when there is none. */
export async function unbindTerminal(tx: Tx, action: TerminalAction, at: Date | null): Promise<Done> {
  const { id, now, by } = action;
  const terminal = await lockTerminal(tx, action);
  const end = at ?? now;
  refuseFuture('at', end, now);
  if (terminal.boundAt === null)
    throw refusalProblem({ field: 'id', code: 'not-bound', message: `terminal "${id}" is in no lift` });
  if (end < terminal.boundAt) {
    const message = `at must not be before ${terminal.boundAt.toISOString()}, when it was bound`;
    throw refusalProblem({ field: 'at', code: 'at-out-of-range', message });
  }
  await endBinding(tx, id, end);
  await countChange(tx, id);
  return { result: undefined, events: [unbound(terminal, end, by)] };
}

/** A new secret; connections made with the old one are cut. Throws a 409 problem for a revoked terminal. */
export async function rotateSecret(tx: Tx, action: TerminalAction, secretHash: string): Promise<Done> {
  const terminal = await lockTerminal(tx, action);
  refuseRevoked(terminal);
  await tx.updateTable('terminal').set({ secret_hash: secretHash }).where('id', '=', action.id).execute();
  await countChange(tx, action.id);
  return { result: undefined, events: [eventOf('terminal.rotated', terminal, { by: action.by })] };
}

/** For good: it is cut off, and its lift is free for another terminal. Again, it changes nothing. */
export async function revokeTerminal(tx: Tx, action: TerminalAction): Promise<Done> {
  const { id, now, by } = action;
  const terminal = await lockTerminal(tx, action);
  if (terminal.revoked) return { result: undefined, events: [] };
  const events: NewLogEvent[] = [eventOf('terminal.revoked', terminal, { revokedAt: now.toISOString(), by })];
  if (terminal.boundAt !== null) {
    // A clock that was set back must not end a binding before it began.
    const end = new Date(Math.max(terminal.boundAt.getTime(), now.getTime()));
    await endBinding(tx, id, end);
    events.push(unbound(terminal, end, by));
  }
  await tx.updateTable('terminal').set({ revoked_at: now }).where('id', '=', id).execute();
  await countChange(tx, id);
  return { result: undefined, events };
}

async function lockTerminal(tx: Tx, { id, versions }: TerminalAction): Promise<LockedTerminal> {
  const { rows } = await sql<LockedTerminal>`
    select terminal.id, terminal.version, revoked_at is not null as revoked, binding.lift, lift.district,
      lift.firm, binding.bound_at as "boundAt"
    from terminal
    left join terminal_binding binding on binding.terminal = terminal.id and binding.unbound_at is null
    left join lift on lift.registration_code = binding.lift
    where terminal.id = ${id} for update of terminal`.execute(tx);
  const [terminal] = rows;
  if (terminal === undefined) {
    const message = `terminal "${id}" is not registered`;
    throw refusalProblem({ field: 'id', code: 'unknown-terminal', message });
  }
  mustMatch(versions, terminal.version, `Terminal "${id}"`);
  return terminal;
}

async function lockLift(tx: Tx, code: string) {
  const row = await tx
    .selectFrom('lift')
    .select(['registration_code as lift', 'district', 'firm'])
    .where('registration_code', '=', code)
    .forUpdate()
    .executeTakeFirst();
  if (row !== undefined) return row;
  throw refusalProblem({ field: 'lift', code: 'unknown-lift', message: `lift "${code}" is not registered` });
}

async function refuseOverlap(
  tx: Tx,
  terminal: string,
  lift: string,
  from: Date,
  to: Date | null,
  replacesPresent: boolean,
): Promise<void> {
  const replaced = sql<SqlBool>`(${replacesPresent} and terminal = ${terminal} and unbound_at is null)`;
  const { rows } = await sql<{ terminal: string; lift: string; from: Date }>`
    select terminal, lift, bound_at as "from" from terminal_binding
    where (terminal = ${terminal} or lift = ${lift}) and not ${replaced}
      and bound_at < coalesce(${to}::timestamptz, 'infinity')
      and coalesce(unbound_at, 'infinity') > ${from}::timestamptz
    order by bound_at limit 1`.execute(tx);
  const [other] = rows;
  if (other === undefined) return;
  const message =
    `terminal "${other.terminal}" is bound to lift "${other.lift}" in that time, ` +
    `since ${other.from.toISOString()}`;
  throw refusalProblem({ field: 'lift', code: 'overlaps', message });
}

async function endBinding(tx: Tx, terminal: string, at: Date): Promise<void> {
  await tx
    .updateTable('terminal_binding')
    .set({ unbound_at: at })
    .where('terminal', '=', terminal)
    .where('unbound_at', 'is', null)
    .execute();
}

async function countChange(tx: Tx, id: string): Promise<void> {
  await sql`update terminal set version = version + 1 where id = ${id}`.execute(tx);
}

function refuseRevoked({ id, revoked }: LockedTerminal): void {
  if (!revoked) return;
  const message = `terminal "${id}" is revoked and stays so: register the device under another id`;
  throw refusalProblem({ field: 'id', code: 'revoked', message });
}

function refuseFuture(field: string, at: Date, now: Date): void {
  if (at.getTime() <= now.getTime() + FUTURE_MAX_MS) return;
  const message = `${field} is ${at.toISOString()}: it must not be later than now`;
  throw refusalProblem({ field, code: 'in-the-future', message });
}

function eventOf(
  type: 'terminal.revoked' | 'terminal.rotated' | 'terminal.unbound',
  { id, lift, district, firm }: LockedTerminal,
  data: Readonly<Record<string, unknown>>,
): NewLogEvent {
  return { type, lift, district, firm, data: { terminal: id, ...data } };
}

function unbound(terminal: LockedTerminal, at: Date, by: string): NewLogEvent {
  return eventOf('terminal.unbound', terminal, { unboundAt: at.toISOString(), by });
}
