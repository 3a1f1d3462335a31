import { SqlLiftFacts } from '../fleet/sql-lift-facts.js';
import { AlarmPlatform } from './testing/alarm-platform.js';

const platform = new AlarmPlatform();
beforeAll(() => platform.start(), 120_000);
afterAll(() => platform.stop());
test('facts', async () => {
  const { db } = platform.records;
  await db
    .insertInto('district')
    .values([
      { code: '330922', name: '嵊泗县' },
      { code: '330922001', name: '菜园镇' },
      { code: '330922001002', name: '村' },
      { code: '330922003', name: 'x' },
      { code: '420101', name: 'y' },
    ])
    .execute();
  await db.deleteFrom('district').where('code', '=', 'none').execute();
  const lift = { rescue_code: null, address: 'A', site: null, firm: null, created_at: new Date(0) };
  await db
    .insertInto('lift')
    .values([
      { ...lift, registration_code: 'L1', district: '330922001002', rescue_code: '123456' },
      { ...lift, registration_code: 'L2', district: '330922' },
      { ...lift, registration_code: 'L3', district: '330922003' },
    ])
    .execute();
  console.log(
    await new SqlLiftFacts().facts(db, ['L1', 'L2', 'L3', 'L4', 'L1']),
    await new SqlLiftFacts().facts(db, []),
  );
  await platform.records.write(async (tx) => {
    console.log((await new SqlLiftFacts().facts(tx, ['L2'])).size);
    return { result: null, events: [] };
  });
  // plan check of the list
});
