import { anAlarm } from './alarm.fixture.js';
import type { AlarmAction } from './alarm-store.js';
import { gatherActions } from './gather-actions.js';

const action = (at: number): AlarmAction => ({ type: 'changes', alarms: [], at });

function rig() {
  /** Of each pass, the moments of its actions; what became one has the last's. */
  const passed: number[][] = [];
  const waits: (() => void)[] = [];
  const draws: (() => void)[] = [];
  const page = { hidden: false };
  const gathered = gatherActions(
    (actions) => passed.push(actions.map((each) => (each.type === 'changes' ? each.at : -1))),
    {
      isHidden: () => page.hidden,
      next: (draw) => draws.push(draw),
      after: (_delayMs, run) => {
        waits.push(run);
        return () => waits.splice(0);
      },
    },
  );
  return { passed, page, gathered, pause: () => waits.shift()?.(), draw: () => draws.shift()?.() };
}

describe('gatherActions', () => {
  it('shows the first at once, the next together in one frame after the pause', () => {
    const { passed, gathered, pause, draw } = rig();
    for (const at of [1, 2, 3]) gathered.add(action(at));
    expect(passed).toEqual([[1]]);
    pause();
    gathered.add(action(4));
    expect(passed).toEqual([[1]]);
    draw();
    expect(passed).toEqual([[1], [4]]);
    pause();
    gathered.add(action(5));
    expect(passed.at(-1)).toEqual([5]);
  });

  it('makes one of changes that follow each other, with all their alarms in order', () => {
    const passed: (readonly AlarmAction[])[] = [];
    const [waits, draws]: (() => void)[][] = [[], []];
    const gathered = gatherActions((actions) => passed.push(actions), {
      isHidden: () => true,
      next: (draw) => draws?.push(draw),
      after: (_delayMs, run) => {
        waits?.push(run);
        return () => undefined;
      },
    });
    const changed = (id: string, at: number): AlarmAction => ({
      type: 'changes',
      alarms: [anAlarm({ id })],
      at,
    });
    const listed: AlarmAction = { type: 'snapshot', alarms: [], truncated: false, at: 4 };
    gathered.add(changed('first', 1));
    for (const action of [changed('a', 2), changed('b', 3), listed, changed('c', 5)]) gathered.add(action);
    waits?.shift()?.();
    const told = passed[1]?.map((action) =>
      action.type === 'changes' ? [...action.alarms.map(({ id }) => id), action.at] : action.type,
    );
    expect(told).toEqual([['a', 'b', 3], 'snapshot', ['c', 5]]);
  });

  it('waits for no frame in a hidden page: a critical alarm must sound', () => {
    const { passed, page, gathered, pause } = rig();
    page.hidden = true;
    gathered.add(action(1));
    gathered.add(action(2));
    pause();
    expect(passed).toEqual([[1], [2]]);
  });

  it('shows nothing after it was stopped', () => {
    const { passed, gathered, pause, draw } = rig();
    gathered.add(action(1));
    gathered.add(action(2));
    pause();
    gathered.stop();
    draw();
    expect(passed).toEqual([[1]]);
  });
});
