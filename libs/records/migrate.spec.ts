import type { ClientBase } from 'pg';
import { type Migration, migrate } from './migrate.js';

const FIRST: Migration = { name: '0001-initial', sql: 'create table one (a int)' };
const SECOND: Migration = { name: '0002-more', sql: 'create table two (a int)' };

/** A database that keeps the table of migrations and, like the real one, forgets what a rollback undoes. */
class ScriptedClient {
  applied: { name: string; checksum: string }[] = [];
  log: string[] = [];
  private saved: { name: string; checksum: string }[] = [];

  async query(text: string, values: readonly unknown[] = []): Promise<{ rows: unknown[] }> {
    this.log.push(text);
    if (text === 'begin') this.saved = [...this.applied];
    if (text === 'rollback') this.applied = this.saved;
    if (text.includes('broken')) throw new Error('syntax error');
    if (text.startsWith('select name')) return { rows: [...this.applied] };
    if (text.startsWith('insert into migration')) {
      this.applied.push({ name: String(values[0]), checksum: String(values[1]) });
    }
    return { rows: [] };
  }

  get client(): ClientBase {
    return this as unknown as ClientBase;
  }
}

const now = () => 0;

describe('migrate', () => {
  it('applies each missing migration once, in order', async () => {
    const database = new ScriptedClient();
    expect(await migrate(database.client, [FIRST], now)).toEqual(['0001-initial']);
    expect(await migrate(database.client, [FIRST, SECOND], now)).toEqual(['0002-more']);
    expect(await migrate(database.client, [FIRST, SECOND], now)).toEqual([]);
    expect(database.log.filter((text) => text.startsWith('create table one'))).toHaveLength(1);
  });

  it('knows a migration again when its line ends changed', async () => {
    const database = new ScriptedClient();
    await migrate(database.client, [{ ...FIRST, sql: 'a\r\nb' }], now);
    expect(await migrate(database.client, [{ ...FIRST, sql: 'a\nb' }], now)).toEqual([]);
  });

  it.each([
    ['a newer database', [FIRST], '0002-more'],
    ['another text', [FIRST, { ...SECOND, sql: 'create table three (a int)' }], 'applied with another text'],
    ['another name', [{ ...FIRST, name: '0001-other' }, SECOND], 'does not know'],
  ])('refuses %s', async (_case, migrations, message) => {
    const database = new ScriptedClient();
    await migrate(database.client, [FIRST, SECOND], now);
    await expect(migrate(database.client, migrations, now)).rejects.toThrow(message);
  });

  it('rolls back a migration that fails, and keeps those before it', async () => {
    const database = new ScriptedClient();
    const failing = migrate(database.client, [FIRST, { name: '0002-bad', sql: 'broken' }], now);
    await expect(failing).rejects.toThrow('syntax error');
    expect(database.applied.map((row) => row.name)).toEqual(['0001-initial']);
    expect(database.log.at(-1)).toBe('rollback');
  });
});
