import type { Scope } from '#domain';
import { AlarmPlatform } from './testing/alarm-platform.js';
import { indicatorEvent } from './testing/condition-events.js';
import { ended, raised } from './testing/fault-effects.js';

const platform = new AlarmPlatform();
beforeAll(() => platform.start(), 120_000);
afterAll(() => platform.stop());

const stateOf = async (id: string) => {
  const { body } = await platform.call('county', `/alarms/${id}`);
  const { state, reason, version, attachments } = body;
  return { state, reason, version, attachments };
};

/** What is committed at once is one page of the monitor. */
describe('events of one page', () => {
  test('move one alarm as they would one after another', async () => {
    const live = await platform.follow('county');
    await platform.commit(
      raised('p1', 'LA', 'door-held'),
      raised('p2', 'LB', 'entrapment'),
      ended('p1', 'LA', 'door-held', 'fault.cleared'),
      raised('p1', 'LA', 'door-held'),
    );
    const seen = async (event: string, id: string) =>
      (await live.until(({ event: name, data }) => name === event && data.alarm?.id === id)).data.alarm;
    expect(await seen('alarm.raised', 'alarm-p1')).toMatchObject({ state: 'raised', version: 1 });
    expect(await seen('alarm.raised', 'alarm-p2')).toMatchObject({ state: 'raised', version: 1 });
    // Of a page each event is told with the alarm as it was then; the row holds the last.
    const cleared = await live.until(({ data }) => data.alarm?.id === 'alarm-p1' && data.alarm.version === 2);
    expect(cleared).toMatchObject({
      event: 'alarm.cleared',
      data: { alarm: { state: 'cleared' } },
    });
    expect(await stateOf('alarm-p1')).toMatchObject({ state: 'cleared', version: 2 });
    expect(await stateOf('alarm-p2')).toMatchObject({ state: 'raised', version: 1 });
  });

  test('find the alarm of a source that the page itself has raised', async () => {
    const live = await platform.follow('county');
    const scope: Scope = { kind: 'county', id: '330922' };
    const rule = { ruleId: 'page-rule' };
    const key = 'page-rule:county:330922';
    await platform.tell(
      indicatorEvent('indicator.breached', scope, rule),
      indicatorEvent('indicator.breached', scope, { ...rule, value: 1.2 }),
      indicatorEvent('indicator.restored', scope, rule),
    );
    const last = await live.until(
      ({ data }) => data.alarm?.sourceKey === key && data.alarm.state === 'cleared',
    );
    expect(last.data.alarm).toMatchObject({ version: 3, subject: { value: 1.2 } });
    const { body } = await platform.call('county', '/alarms?source=indicator');
    expect(body.items.filter(({ sourceKey }) => sourceKey === key)).toHaveLength(1);
  });
});
