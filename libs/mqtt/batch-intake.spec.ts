import { type Arrival, BatchIntake, type BatchOutcome } from './batch-intake.js';

interface Handed {
  readonly ids: readonly string[];
  readonly finish: (failure?: Error) => void;
}

/** An intake whose handler waits until the test finishes each batch. */
function manualIntake(batchMax: number) {
  const handed: Handed[] = [];
  const answers: string[] = [];
  const outcomes: BatchOutcome[] = [];
  const intake = new BatchIntake({
    batchMax,
    handle: (messages) =>
      new Promise<void>((resolve, reject) => {
        handed.push({
          ids: messages.map((message) => message.topic),
          finish: (failure) => (failure ? reject(failure) : resolve()),
        });
      }),
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  const arrival = (id: string, settle?: () => void, source: object = {}): Arrival => ({
    source,
    message: { clientId: 'T1', topic: id, payload: Buffer.alloc(0), qos: 1, receivedAt: 0, allowed: true },
    bytes: 10,
    arrivedAt: 0,
    settle: (failure) => {
      settle?.();
      answers.push(failure ? `${id}:${failure.message}` : id);
    },
  });
  return { intake, handed, answers, outcomes, arrival };
}

const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

describe('BatchIntake', () => {
  it('gathers one turn of the loop, then forms the next batch while the last is handled', async () => {
    const { intake, handed, answers, arrival } = manualIntake(100);
    for (const id of ['a', 'b']) intake.push(arrival(id));
    await turn();
    for (const id of ['c', 'd', 'e']) intake.push(arrival(id));
    await turn();
    expect(handed.map((batch) => batch.ids)).toEqual([['a', 'b']]);
    expect(answers).toEqual([]);
    handed[0]?.finish();
    await turn();
    expect(answers).toEqual(['a', 'b']);
    expect(handed[1]?.ids).toEqual(['c', 'd', 'e']);
    handed[1]?.finish();
    await intake.idle();
    expect(answers).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('hands over at most batchMax, in order', async () => {
    const { intake, handed, answers, arrival } = manualIntake(2);
    for (const id of ['a', 'b', 'c', 'd', 'e']) intake.push(arrival(id));
    for (let batch = 0; batch < 3; batch += 1) {
      await turn();
      handed[batch]?.finish();
    }
    await intake.idle();
    expect(handed.map((batch) => batch.ids)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(answers).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('begins large batches side by side, four at a time, and answers them in order of arrival', async () => {
    const { intake, handed, answers, arrival } = manualIntake(250);
    for (let batch = 0; batch < 6; batch++) {
      for (let n = 0; n < 250; n++) intake.push(arrival(`${batch}`));
      await turn();
    }
    expect(handed.map(({ ids }) => ids.length)).toEqual([250, 250, 250, 250]);
    handed[1]?.finish();
    await turn();
    expect(answers).toEqual([]);
    handed[0]?.finish();
    await turn();
    expect(answers).toEqual([...Array(250).fill('0'), ...Array(250).fill('1')]);
    expect(handed.map(({ ids }) => ids[0])).toEqual(['0', '1', '2', '3', '4', '5']);
    for (const { finish } of handed) finish();
    await intake.idle();
    expect(answers).toHaveLength(1_500);
    expect([...answers].sort()).toEqual(answers);
  });

  it('answers a failed batch with the failure and goes on', async () => {
    const { intake, handed, answers, outcomes, arrival } = manualIntake(2);
    for (const id of ['a', 'b', 'c']) intake.push(arrival(id));
    await turn();
    handed[0]?.finish(new Error('disk'));
    await turn();
    handed[1]?.finish();
    await intake.idle();
    expect(answers).toEqual(['a:disk', 'b:disk', 'c']);
    expect(outcomes.map(({ bytes, failure }) => [bytes, failure?.message])).toEqual([
      [20, 'disk'],
      [10, undefined],
    ]);
  });

  it('fails what came after a failed batch by the same connections, and nothing else', async () => {
    const { intake, handed, answers, outcomes, arrival } = manualIntake(10);
    const [one, other] = [{}, {}];
    intake.push(arrival('a', undefined, one));
    await turn();
    intake.push(arrival('b', undefined, other));
    intake.push(arrival('c', undefined, one));
    handed[0]?.finish(new Error('disk'));
    await turn();
    expect(answers).toEqual(['a:disk', 'c:disk']);
    expect(outcomes[0]?.bytes).toBe(20);
    expect(handed[1]?.ids).toEqual(['b']);
    handed[1]?.finish();
    await intake.idle();
    expect(answers).toEqual(['a:disk', 'c:disk', 'b']);
  });

  it('hands over nothing more while a failed batch waits to be answered', async () => {
    const { intake, handed, answers, arrival } = manualIntake(250);
    const one = {};
    const batch = async (id: string) => {
      for (let n = 0; n < 250; n++) intake.push(arrival(id, undefined, one));
      await turn();
    };
    await batch('a');
    await batch('b');
    handed[1]?.finish(new Error('full'));
    await turn();
    await batch('c');
    expect(handed).toHaveLength(2);
    handed[0]?.finish();
    await intake.idle();
    expect(new Set(answers)).toEqual(new Set(['a', 'b:full', 'c:full']));
    expect(handed).toHaveLength(2);
  });

  it('answers the others when one answer throws', async () => {
    const { intake, handed, answers, arrival } = manualIntake(10);
    const broken = () => {
      throw new Error('write after end');
    };
    intake.push(arrival('a'));
    intake.push(arrival('b', broken));
    intake.push(arrival('c'));
    await turn();
    handed[0]?.finish();
    await intake.idle();
    expect(answers).toEqual(['a', 'c']);
  });

  it('is idle at once when nothing came', async () => {
    await expect(manualIntake(1).intake.idle()).resolves.toBeUndefined();
  });
});
