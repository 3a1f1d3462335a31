import { sql } from 'kysely';
import type { NewLogEvent, Tx } from '#records';

/** A terminal as somebody wants it registered. */
export interface TerminalWant {
  readonly id: string;
  readonly profile: string;
  /** Registration code; null = registered without a lift, or left in the one it has. */
  readonly lift: string | null;
  /** Used only when it is new. */
  readonly secretHash: string;
}

export type TerminalRefusalCode = 'exists' | 'unknown-lift' | 'lift-taken' | 'profile-differs' | 'revoked';

export interface TerminalRefusal {
  readonly field: 'id' | 'lift' | 'profile';
  readonly code: TerminalRefusalCode;
  readonly message: string;
}

export type TerminalOutcome =
  | { readonly outcome: 'registered' | 'changed' | 'unchanged' }
  | { readonly outcome: 'refused'; readonly refusal: TerminalRefusal };

interface StoredTerminal {
  readonly id: string;
  readonly profile: string;
  readonly revoked: boolean;
  readonly lift: string | null;
  readonly boundAt: Date | null;
}

interface StoredLift {
  readonly lift: string;
  readonly district: string;
  readonly firm: string | null;
  /** The terminal in it now. */
  readonly terminal: string | null;
}

interface Step {
  readonly want: TerminalWant;
  readonly registers: boolean;
  /** The lift it leaves. */
  readonly leaves: string | null;
  readonly enters: string | null;
}

/**
 * Registers up to 500 different terminals and binds them; with `mode` upsert one that exists may change its
 * lift. Refusals are part of the answer. `by` names the caller in the events.
 */
export async function writeTerminals(
  tx: Tx,
  wants: readonly TerminalWant[],
  mode: 'register' | 'upsert',
  now: Date,
  by: string,
): Promise<{ readonly outcomes: readonly TerminalOutcome[]; readonly events: readonly NewLogEvent[] }> {
  const terminals = await lockTerminals(tx, wants);
  const lifts = await lockLifts(tx, wants, [...terminals.values()]);
  const holders = new Map([...lifts.values()].map(({ lift, terminal }) => [lift, terminal]));
  const steps: Step[] = [];
  const outcomes = wants.map((want): TerminalOutcome => {
    const stored = terminals.get(want.id) ?? null;
    const refusal = judge(want, stored, mode, holders);
    if (refusal !== null) return { outcome: 'refused', refusal };
    const moves = want.lift !== null && want.lift !== stored?.lift;
    if (stored !== null && !moves) return { outcome: 'unchanged' };
    const leaves = moves ? (stored?.lift ?? null) : null;
    const enters = moves ? want.lift : null;
    if (leaves !== null) holders.set(leaves, null);
    if (enters !== null) holders.set(enters, want.id);
    steps.push({ want, registers: stored === null, leaves, enters });
    return { outcome: stored === null ? 'registered' : 'changed' };
  });
  await applySteps(tx, steps, now);
  return { outcomes, events: steps.flatMap((step) => eventsOf(step, lifts, now, by)) };
}

async function lockTerminals(
  tx: Tx,
  wants: readonly TerminalWant[],
): Promise<ReadonlyMap<string, StoredTerminal>> {
  const { rows } = await sql<StoredTerminal>`
    select terminal.id, profile, revoked_at is not null as revoked, lift, bound_at as "boundAt"
    from terminal
    left join terminal_binding binding on binding.terminal = terminal.id and binding.unbound_at is null
    where terminal.id = any(${wants.map(({ id }) => id)}::text[])
    order by terminal.id for update of terminal`.execute(tx);
  return new Map(rows.map((row) => [row.id, row]));
}

/** The lifts that are entered or left. */
async function lockLifts(
  tx: Tx,
  wants: readonly TerminalWant[],
  terminals: readonly StoredTerminal[],
): Promise<ReadonlyMap<string, StoredLift>> {
  const codes = [...wants, ...terminals].flatMap(({ lift }) => lift ?? []);
  const { rows } = await sql<StoredLift>`
    select registration_code as lift, district, firm, binding.terminal
    from lift
    left join terminal_binding binding on binding.lift = registration_code and binding.unbound_at is null
    where registration_code = any(${codes}::text[])
    order by registration_code for update of lift`.execute(tx);
  return new Map(rows.map((row) => [row.lift, row]));
}

function judge(
  want: TerminalWant,
  stored: StoredTerminal | null,
  mode: 'register' | 'upsert',
  holders: ReadonlyMap<string, string | null>,
): TerminalRefusal | null {
  const { id, lift } = want;
  if (lift !== null && !holders.has(lift))
    return { field: 'lift', code: 'unknown-lift', message: `lift "${lift}" is not registered` };
  if (stored !== null && mode === 'register')
    return { field: 'id', code: 'exists', message: `terminal "${id}" exists already` };
  if (stored?.revoked)
    return { field: 'id', code: 'revoked', message: `terminal "${id}" is revoked and stays so` };
  if (stored !== null && stored.profile !== want.profile) {
    const message = `terminal "${id}" speaks ${stored.profile}, not ${want.profile}`;
    return { field: 'profile', code: 'profile-differs', message };
  }
  const holder = lift === null ? null : (holders.get(lift) ?? null);
  if (holder === null || holder === id) return null;
  const message = `lift "${lift}" has a terminal already ("${holder}"): unbind or revoke that first`;
  return { field: 'lift', code: 'lift-taken', message };
}

/** What is left is ended before anything is entered: a lift may pass from one terminal to the next. */
async function applySteps(tx: Tx, steps: readonly Step[], now: Date): Promise<void> {
  const registering = steps.filter((step) => step.registers).map(({ want }) => want);
  if (registering.length > 0) {
    await sql`
      insert into terminal (id, profile, secret_hash, registered_at)
      select id, profile, hash, ${now}::timestamptz
      from unnest(${registering.map(({ id }) => id)}::text[],
        ${registering.map((want) => want.profile)}::text[],
        ${registering.map((want) => want.secretHash)}::text[]) as new (id, profile, hash)
      order by id`.execute(tx);
  }
  const moving = steps.filter((step) => step.enters !== null);
  if (moving.length === 0) return;
  const ids = moving.map(({ want }) => want.id);
  await sql`
    update terminal_binding set unbound_at = greatest(bound_at, ${now}::timestamptz)
    where terminal = any(${ids}::text[]) and unbound_at is null`.execute(tx);
  await sql`
    update terminal set version = version + 1
    where id = any(${moving.filter((step) => !step.registers).map(({ want }) => want.id)}::text[])`.execute(
    tx,
  );
  await sql`
    insert into terminal_binding (terminal, lift, bound_at)
    select terminal, lift, ${now}::timestamptz
    from unnest(${ids}::text[], ${moving.map((step) => step.enters)}::text[]) as new (terminal, lift)
    order by terminal`.execute(tx);
}

function eventsOf(
  step: Step,
  lifts: ReadonlyMap<string, StoredLift>,
  now: Date,
  by: string,
): readonly NewLogEvent[] {
  const { id: terminal, profile } = step.want;
  const ownerOf = (lift: string | null) => {
    const { district = null, firm = null } = lifts.get(lift ?? '') ?? {};
    return { lift, district, firm };
  };
  const at = now.toISOString();
  return [
    ...(step.registers
      ? [{ type: 'terminal.registered' as const, ...ownerOf(step.enters), data: { terminal, profile, by } }]
      : []),
    ...(step.leaves !== null
      ? [
          {
            type: 'terminal.unbound' as const,
            ...ownerOf(step.leaves),
            data: { terminal, unboundAt: at, by },
          },
        ]
      : []),
    ...(step.enters !== null
      ? [{ type: 'terminal.bound' as const, ...ownerOf(step.enters), data: { terminal, boundAt: at, by } }]
      : []),
  ];
}
