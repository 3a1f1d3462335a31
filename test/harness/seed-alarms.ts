import { SqlRecords } from '#records';
import { Metrics, SystemClock } from '#runtime';

/**
 * Writes `count` open alarms (up to 10,000), one a lift, into the records of a platform that does not run
 * yet: by messages it would take minutes. One in a hundred is critical. `folder` is that of the records.
 */
export async function seedOpenAlarms(folder: string, count: number): Promise<void> {
  const records = new SqlRecords({ folder, clock: new SystemClock(), metrics: new Metrics() });
  await records.open();
  const began = Date.now() - 3_600_000;
  const faults = [
    { kind: 'door-held', priority: 'medium' },
    { kind: 'mains-lost', priority: 'medium' },
    { kind: 'terminal-offline', priority: 'low' },
    { kind: 'door-close-failed', priority: 'high' },
  ] as const;
  const entrapment = { kind: 'entrapment', priority: 'critical' } as const;
  const rows = Array.from({ length: count }, (_, index) => {
    const lift = `3110500231202002${String(index).padStart(4, '0')}`;
    const at = new Date(began + index * 500);
    const fault = index % 100 === 0 ? entrapment : (faults[index % 4] ?? entrapment);
    return { lift, at, ...fault };
  });
  await records.db.insertInto('district').values({ code: '500231', name: '垫江县' }).execute();
  for (let from = 0; from < count; from += 500) {
    const part = rows.slice(from, from + 500);
    const place = { district: '500231', firm: null };
    await records.db
      .insertInto('lift')
      .values(
        part.map(({ lift, at }) => ({
          ...place,
          registration_code: lift,
          rescue_code: null,
          address: `桂溪街道人民路${lift.slice(-4)}号`,
          site: null,
          created_at: at,
        })),
      )
      .execute();
    await records.db
      .insertInto('alarm')
      .values(
        part.map(({ lift, at, kind, priority }) => ({
          ...place,
          id: `seed-${lift}`,
          source: 'fault' as const,
          source_key: `fault-${lift}`,
          fault_id: `fault-${lift}`,
          subject: null,
          lift,
          kind,
          priority,
          evidence: 'reported' as const,
          state: 'raised' as const,
          reason: 'reported-by-terminal',
          raised_at: at,
          recorded_at: at,
          acknowledged_at: null,
          acknowledged_by: null,
          cleared_at: null,
          closed_at: null,
          closed_by: null,
          note: null,
          attachments: 0,
          clock_suspect: false,
          version: 1,
        })),
      )
      .execute();
  }
  await records.close();
}
