import type { NewLogEvent, Tx } from '#records';
import type { LiftWant } from './decide-lift.js';
import type { ImportKind, ImportRow } from './import-kinds.js';
import { writeLifts } from './lift-write.js';
import { type NamedBook, writeNamed } from './named-rows.js';
import { hashSecret, newSecret } from './secret-hash.js';
import { writeTerminals } from './terminal-write.js';

/** What became of a row that could be read. */
export type RowOutcome =
  | {
      readonly outcome: 'registered' | 'changed' | 'unchanged';
      /** Of a terminal registered now: told this once. */
      readonly secret?: string;
    }
  | {
      readonly outcome: 'refused';
      readonly refusal: { readonly field: string; readonly code: string; readonly message: string };
    };

/** Writes up to 500 rows with different keys in one transaction; may be called again when that failed. */
export type BatchWriter = (
  tx: Tx,
  now: Date,
) => Promise<{ readonly outcomes: readonly RowOutcome[]; readonly events: readonly NewLogEvent[] }>;

const BOOKS: Readonly<Record<'districts' | 'firms' | 'users', NamedBook>> = {
  districts: 'district',
  firms: 'firm',
  users: 'user',
};

/** The writer of a batch of rows. What can be made before the transaction (secrets) is made here. */
export function batchWriter(kind: ImportKind, rows: readonly ImportRow[], by: string): BatchWriter {
  if (kind === 'lifts') {
    const wants = rows.map(liftWant);
    return (tx, now) => writeLifts(tx, wants, 'upsert', now, by);
  }
  if (kind === 'terminals') return terminalWriter(rows, by);
  const wants = rows.map(({ values }) => ({
    id: String(values.code ?? values.id),
    name: String(values.name),
    versions: null,
  }));
  return (tx) => writeNamed(tx, BOOKS[kind], wants, 'upsert', by);
}

function liftWant({ values: { registrationCode, ...values } }: ImportRow): LiftWant {
  // Each column's reader has judged its cell by the rule of the field.
  return { registrationCode: String(registrationCode), values, since: null, versions: null } as LiftWant;
}

function terminalWriter(rows: readonly ImportRow[], by: string): BatchWriter {
  const secrets = rows.map(() => newSecret());
  const wants = rows.map(({ values }, place) => ({
    id: String(values.id),
    profile: String(values.profile),
    lift: values.lift == null ? null : String(values.lift),
    secretHash: hashSecret(secrets[place] ?? newSecret()),
  }));
  return async (tx, now) => {
    const { outcomes, events } = await writeTerminals(tx, wants, 'upsert', now, by);
    return {
      outcomes: outcomes.map((each, place): RowOutcome => {
        const secret = secrets[place];
        return each.outcome === 'registered' && secret !== undefined ? { ...each, secret } : each;
      }),
      events,
    };
  };
}
