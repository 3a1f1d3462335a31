import { type FaultEffect, needsTicks, newLiftState, step, tick } from '#domain';
import { nativeProfile } from '#protocol';
import { faultsExpected, scriptOf } from '../../simulators/load/fault-script.js';
import { bootName, recordMorning } from '../../simulators/load/morning.js';
import { LOOP_STEPS } from '../../simulators/load/morning-life.js';
import { PublishFrames } from '../../simulators/load/publish-frames.js';

const SEED = Number(process.env.SEED ?? 5);
const STEPS = LOOP_STEPS + 1_500;
const TICK_MS = 1_000;
const startAt = 1_790_000_000_000;
const floors = ['-1', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11'];
const low = ['1', '2'];
const lifts = Array.from({ length: 12 }, (_, n) => ({
  id: `T${n}`,
  lift: `L${n}`,
  floors: n % 4 === 3 ? low : floors,
}));
const morning = recordMorning(lifts, SEED);
const frames = new PublishFrames({ morning, terminals: lifts, qos: 0, startAt, payloadBytes: 0 });

/** Payloads of one terminal's messages, decoded as the platform does. */
function messagesOf(terminal: number) {
  const target = Buffer.alloc(frames.frameMaxBytes);
  const { id = '' } = lifts[terminal] ?? {};
  const topic = `lift/v1/${id}/telemetry`;
  return Array.from({ length: STEPS }, (_, index) => {
    const end = frames.write(target, 0, terminal, index, 1, false);
    const payload = Buffer.from(target.subarray(target.indexOf('{'), end));
    const decoded = nativeProfile.decode(topic, payload);
    if (!decoded.ok) throw new Error(`${payload}: ${decoded.detail}`);
    return decoded.items;
  });
}
const decoded = lifts.map((_, n) => messagesOf(n));

/** What detection finds when a message comes every `gapMs` by our clock. */
function found(gapMs: number): string[] {
  const raised: string[] = [];
  const note = (effects: readonly FaultEffect[]) => {
    for (const effect of effects) {
      if (effect.type !== 'fault.raised') continue;
      const { lift, kind, raisedAt } = effect.fault;
      raised.push(`${lift} ${kind} ${raisedAt}`);
    }
  };
  lifts.forEach(({ id, lift }, n) => {
    let state = newLiftState(lift);
    let now = startAt + 3_600_000;
    decoded[n]?.forEach((items, lsn) => {
      const until = now + gapMs;
      for (let at = now + TICK_MS; at < until; at += TICK_MS) {
        if (!needsTicks(state, at)) continue;
        const ticked = tick(state, at);
        state = ticked.state;
        note(ticked.effects);
      }
      now = until;
      const message = { terminal: id, lsn, receivedAt: now, clockOffsetMs: 0, items, duplicates: [] };
      const stepped = step(state, message);
      state = stepped.state;
      note(stepped.effects);
    });
  });
  return raised.sort();
}

describe('the faults of a recorded morning', () => {
  it.each([0.02, 1, 200, 1_000, 5_000])(
    'are what detection finds, no more and no less, with a message every %d ms',
    (gapMs) => {
      const acked = new Map(
        lifts.map(({ id }) => [id, new Map([[bootName(SEED, startAt, id, 0), [[1, STEPS]] as const]])]),
      );
      const script = { startAt, seed: SEED, faults: scriptOf(morning, lifts) };
      const expected = faultsExpected(script, acked).map(({ lift, kind, at }) => `${lift} ${kind} ${at}`);
      expect(new Set(expected.map((line) => line.split(' ')[1])).size).toBeGreaterThan(3);
      expect({ seed: SEED, faults: found(gapMs) }).toEqual({ seed: SEED, faults: expected.sort() });
    },
  );
});
