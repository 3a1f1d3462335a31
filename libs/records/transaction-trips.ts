import type { PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import { preparedName } from './prepared.js';

/**
 * Where a connection is with its transaction:
 * - `outside`: none; each statement stands for itself.
 * - `owed`: one was begun, and BEGIN goes with its first statement.
 * - `inside`: BEGIN was sent.
 * - `ending`: COMMIT went with the last statement; its answer is kept for whoever commits.
 */
type Place = 'outside' | 'owed' | 'inside' | 'ending';

type Answer = pg.QueryResult;

/** What BEGIN, or the end of a transaction without a statement, answers without a trip. */
const unsent = (command: string): Answer => ({ command, rowCount: null, oid: 0, fields: [], rows: [] });

/**
 * A connection as Kysely sees it, which makes fewer trips to the database: BEGIN goes with the first
 * statement of a transaction, COMMIT with the one that is `isLast`. A trip costs more than what either does
 * there: on PGlite it wakes two threads. Wants a client in pipeline mode, which sends without waiting.
 *
 * A commit that the database turned into a rollback is an error: it answers COMMIT of a failed transaction
 * with ROLLBACK, and when code swallows the error of one statement, its changes would vanish without a word.
 */
export class TransactionTrips {
  private place: Place = 'outside';
  private ended: Promise<Answer> | null = null;

  constructor(
    private readonly client: pg.PoolClient,
    private readonly isLast: (text: string) => boolean,
  ) {}

  async query(text: string, values: readonly unknown[]): Promise<Answer> {
    switch (text) {
      case 'begin':
        this.place = 'owed';
        return unsent('BEGIN');
      case 'commit':
        return committed(await this.end('commit'));
      case 'rollback':
        return this.end('rollback');
      default:
        return this.statement(text, values);
    }
  }

  private async statement(text: string, values: readonly unknown[]): Promise<Answer> {
    if (this.place === 'ending') throw new Error(`A statement after the last of its transaction: ${text}`);
    const begun = this.place === 'owed' ? this.client.query('begin') : null;
    if (begun !== null) this.place = 'inside';
    const name = preparedName(text);
    const bound = [...values];
    const answer =
      name === null ? this.client.query(text, bound) : this.client.query({ name, text, values: bound });
    if (this.place === 'inside' && this.isLast(text)) {
      this.place = 'ending';
      this.ended = this.client.query('commit');
      // Heard by whoever commits or, after an error of the statement, rolls back.
      this.ended.catch(() => undefined);
    }
    if (begun === null) return answer;
    // Only a lost connection fails a BEGIN, and it fails the statement too.
    const [, first] = await Promise.all([begun, answer]);
    return first;
  }

  private end(how: 'commit' | 'rollback'): Promise<Answer> {
    const { place, ended } = this;
    this.place = 'outside';
    this.ended = null;
    if (place === 'owed') return Promise.resolve(unsent(how.toUpperCase()));
    return ended ?? this.client.query(how);
  }
}

function committed(answer: Answer): Answer {
  if (answer.command === 'ROLLBACK') {
    throw new Error(
      'The transaction was rolled back at commit: an error of one of its statements was swallowed.',
    );
  }
  return answer;
}

/** For Kysely. `isLast`: the texts of statements that nothing follows but the commit. */
export function fewerTrips(client: pg.PoolClient, isLast: (text: string) => boolean): PostgresPoolClient {
  const trips = new TransactionTrips(client, isLast);
  return {
    query: ((text: string, values: readonly unknown[]) =>
      trips.query(text, values)) as unknown as PostgresPoolClient['query'],
    release: () => client.release(),
  };
}
