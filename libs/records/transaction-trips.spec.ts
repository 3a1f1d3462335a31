import type pg from 'pg';
import { TransactionTrips } from './transaction-trips.js';

const LAST = 'insert into event_log values (1)';

/** A client in pipeline mode: takes each text at once, answers when told to. */
class ManualClient {
  readonly waiting: { readonly text: string; readonly settle: (answer: string | Error) => void }[] = [];

  query(given: string | { readonly text: string }): Promise<Partial<pg.QueryResult>> {
    const text = typeof given === 'string' ? given : given.text;
    return new Promise((resolve, reject) => {
      const settle = (answer: string | Error) =>
        answer instanceof Error ? reject(answer) : resolve({ command: answer, rows: [] });
      this.waiting.push({ text, settle });
    });
  }

  /** What was sent since the last call; answers each as `answers` says, or as the database would. */
  take(...answers: (string | Error)[]): readonly string[] {
    const sent = this.waiting.splice(0);
    sent.forEach(({ text, settle }, place) => {
      settle(answers[place] ?? (text.split(' ')[0] ?? '').toUpperCase());
    });
    return sent.map(({ text }) => text);
  }
}

function made() {
  const client = new ManualClient();
  const trips = new TransactionTrips(client as unknown as pg.PoolClient, (text) => text === LAST);
  return { client, trips };
}

describe('the trips of a transaction', () => {
  it('sends BEGIN with the first statement', async () => {
    const { client, trips } = made();
    await trips.query('begin', []);
    expect(client.take()).toEqual([]);
    const first = trips.query('select 1', []);
    expect(client.take()).toEqual(['begin', 'select 1']);
    expect((await first).command).toBe('SELECT');
    const second = trips.query('select 2', []);
    expect(client.take()).toEqual(['select 2']);
    await second;
    const commit = trips.query('commit', []);
    expect(client.take()).toEqual(['commit']);
    expect((await commit).command).toBe('COMMIT');
  });

  it('sends COMMIT with the last statement, and once', async () => {
    const { client, trips } = made();
    await trips.query('begin', []);
    const last = trips.query(LAST, []);
    expect(client.take()).toEqual(['begin', LAST, 'commit']);
    await last;
    await trips.query('commit', []);
    expect(client.take()).toEqual([]);
  });

  it.each(['commit', 'rollback'])(
    'a transaction without a statement sends nothing at its %s',
    async (end) => {
      const { client, trips } = made();
      await trips.query('begin', []);
      await trips.query(end, []);
      expect(client.take()).toEqual([]);
      void trips.query('select 1', []);
      expect(client.take()).toEqual(['select 1']);
    },
  );

  it('says the error of the last statement; the rollback has then happened', async () => {
    const { client, trips } = made();
    await trips.query('begin', []);
    const last = trips.query(LAST, []);
    client.take('BEGIN', new Error('no room'), 'ROLLBACK');
    await expect(last).rejects.toThrow('no room');
    await expect(trips.query('rollback', [])).resolves.toMatchObject({ command: 'ROLLBACK' });
    expect(client.take()).toEqual([]);
  });

  it('a commit that became a rollback is an error, sent with the last statement or not', async () => {
    const { client, trips } = made();
    await trips.query('begin', []);
    const last = trips.query(LAST, []);
    client.take('BEGIN', 'INSERT', 'ROLLBACK');
    await last;
    await expect(trips.query('commit', [])).rejects.toThrow('rolled back at commit');
    await trips.query('begin', []);
    const only = trips.query('select 1', []);
    client.take();
    await only;
    const commit = trips.query('commit', []);
    client.take('ROLLBACK');
    await expect(commit).rejects.toThrow('rolled back at commit');
  });

  it('the last statement outside a transaction, or of one with an isolation level, commits nothing by itself', async () => {
    const { client, trips } = made();
    void trips.query(LAST, []);
    expect(client.take()).toEqual([LAST]);
    void trips.query('start transaction isolation level serializable', []);
    void trips.query(LAST, []);
    expect(client.take()).toEqual(['start transaction isolation level serializable', LAST]);
  });

  it('refuses a statement after the last, which would run outside the transaction', async () => {
    const { client, trips } = made();
    await trips.query('begin', []);
    const last = trips.query(LAST, []);
    client.take();
    await last;
    await expect(trips.query('select 1', [])).rejects.toThrow('A statement after the last');
  });

  it('a lost connection fails the statement, and what is left to await', async () => {
    const { client, trips } = made();
    await trips.query('begin', []);
    const last = trips.query(LAST, []);
    const lost = new Error('Connection terminated');
    client.take(lost, lost, lost);
    await expect(last).rejects.toThrow('Connection terminated');
    await expect(trips.query('rollback', [])).rejects.toThrow('Connection terminated');
  });
});
