import { nativeProfile } from '#protocol';
import { Firmware, type FirmwareMessage } from './firmware.js';
import type { LiftReading } from './lift-reading.js';
import { Outbox } from './outbox.js';
import { SimulatedTerminal } from './simulated-terminal.js';

const IDLE: LiftReading = {
  mode: 'normal',
  direction: 'none',
  moving: false,
  floor: '1',
  doorState: 'closed',
  inDoorZone: true,
  doorLock: 'closed',
  safetyLoop: 'closed',
  occupied: false,
  speed: 0,
  levelErrorMm: 1,
  loadPercent: 0,
  powerState: 'mains',
  tripCount: 1,
  doorCycleCount: 1,
};
const MOVING: LiftReading = { ...IDLE, moving: true, direction: 'up', speed: 1 };
const START = 1_700_000_000_000;
const NO_CODES: readonly [] = [];

/** Times (ms from the start) of the samples sent when `readingAt` is looked at every 200 ms. */
function sampleTimes(ms: number, readingAt: (t: number) => LiftReading): number[] {
  const firmware = new Firmware('b');
  const times: number[] = [];
  for (let t = 0; t <= ms; t += 200) {
    for (const message of firmware.observe(readingAt(t), NO_CODES, START + t))
      times.push(message.payload.at - START);
  }
  return times;
}

describe('when the firmware samples', () => {
  it.each<[string, number, (t: number) => LiftReading, number[]]>([
    ['idle: every 5 s', 10_000, () => IDLE, [0, 5000, 10_000]],
    ['moving: every second', 3000, () => MOVING, [0, 1000, 2000, 3000]],
    ['door open: every second', 2000, () => ({ ...IDLE, doorState: 'open' }), [0, 1000, 2000]],
    ['a change: at once', 2000, (t) => (t >= 400 ? MOVING : IDLE), [0, 400, 1400]],
    ['a zone passed while running is no news', 1800, (t) => ({ ...MOVING, inDoorZone: t > 400 }), [0, 1000]],
  ])('%s', (_, ms, readingAt, expected) => {
    expect(sampleTimes(ms, readingAt)).toEqual(expected);
  });

  it('never more than five a second, however often it looks', () => {
    const firmware = new Firmware('b');
    let sent = 0;
    for (let t = 0; t < 1000; t += 10) {
      sent += firmware.observe({ ...IDLE, floor: String(t) }, NO_CODES, START + t).length;
    }
    expect(sent).toBe(5);
  });

  it('turns codes into events with their own ids, after the sample that shows why', () => {
    const firmware = new Firmware('b');
    firmware.observe(MOVING, NO_CODES, START);
    const raised = firmware.observe(IDLE, ['alarm-button'], START + 100);
    expect(raised.map(({ name }) => name)).toEqual(['telemetry', 'event']);
    expect(raised[1]?.payload).toMatchObject({ id: 'b-0', seq: 2, code: 'alarm-button', state: 'raised' });
    expect(firmware.snapshot(START).payload).toMatchObject({ seq: 3, active: ['alarm-button'] });
    const [cleared] = firmware.observe(IDLE, [], START + 200);
    expect(cleared?.payload).toMatchObject({ id: 'b-1', seq: 4, code: 'alarm-button', state: 'cleared' });
  });
});

describe('a simulated terminal', () => {
  const identity = { id: 'T1', lift: 'L1', rescueCode: '100001', floors: ['-1', '1', '2', '3', '4'] };

  it('counts seq up by one and speaks what the platform decodes', () => {
    const terminal = new SimulatedTerminal(identity, { seed: 3, startAt: START });
    terminal.begin('door-fault', 40_000);
    const messages = Array.from(
      { length: 1200 },
      (_, s) => terminal.advanceTo(START + s * 500).messages,
    ).flat();
    expect(messages.map(({ payload }) => payload.seq)).toEqual(messages.map((_, n) => n));
    expect(messages.some(({ name }) => name === 'event')).toBe(true);
    const bytes = (payload: object) => new TextEncoder().encode(JSON.stringify(payload));
    const all = [...messages, terminal.firmware.snapshot(START)];
    for (const { name, payload } of all) {
      expect(nativeProfile.decode(`lift/v1/T1/${name}`, bytes(payload))).toMatchObject({ ok: true });
    }
    for (const status of [terminal.firmware.will(), terminal.firmware.status(START, true)]) {
      expect(nativeProfile.decode('lift/v1/T1/status', bytes(status))).toMatchObject({ ok: true });
    }
  });

  it('is another boot at another start, and the same for the same', () => {
    const boots = [START, START, START + 1].map(
      (startAt) => new SimulatedTerminal(identity, { seed: 3, startAt }).firmware.boot,
    );
    expect(boots[0]).toBe(boots[1]);
    expect(boots[2]).not.toBe(boots[0]);
  });

  it('does not replay an hour that the process slept', () => {
    const terminal = new SimulatedTerminal(identity, { seed: 3, startAt: START });
    terminal.advanceTo(START + 1000);
    expect(terminal.advanceTo(START + 3_600_000).messages.length).toBeLessThanOrEqual(2);
    expect(START + 3_600_000 - terminal.lift.timeMs).toBeLessThan(200);
  });
});

describe('store-and-forward', () => {
  const telemetry = (seq: number): FirmwareMessage => ({
    name: 'telemetry',
    payload: { v: 1, boot: 'b', seq, at: seq, moving: false, doorState: 'closed', inDoorZone: true },
  });
  const event = (seq: number): FirmwareMessage => ({
    name: 'event',
    payload: { v: 1, boot: 'b', id: `b-${seq}`, seq, at: seq, code: 'mains-lost', state: 'raised' },
  });
  const drain = (outbox: Outbox) => {
    const sent: { seq: number; stored?: boolean }[] = [];
    for (let next = outbox.take(); next; next = outbox.take()) {
      sent.push(JSON.parse(next.bytes));
      outbox.acknowledged(next.entry);
    }
    return sent.map(({ seq, stored }) => [seq, stored ?? false]);
  };

  it('marks what waited for a connection, and only that', () => {
    const outbox = new Outbox();
    outbox.add(telemetry(0));
    expect(outbox.take()).toBeNull();
    outbox.connected();
    outbox.add(telemetry(1));
    expect(drain(outbox)).toEqual([
      [0, true],
      [1, false],
    ]);
  });

  it('repeats what was not acknowledged byte by byte and first', () => {
    const outbox = new Outbox();
    outbox.connected();
    outbox.add(telemetry(0));
    outbox.add(telemetry(1));
    const first = outbox.take();
    outbox.disconnected();
    outbox.add(telemetry(2));
    outbox.connected();
    const again = outbox.take();
    expect(again?.bytes).toBe(first?.bytes);
    expect(drain(outbox)).toEqual([
      [1, true],
      [2, true],
    ]);
  });

  it('holds at most a window in flight', () => {
    const outbox = new Outbox({ capacity: 100, window: 2 });
    outbox.connected();
    for (let seq = 0; seq < 5; seq++) outbox.add(event(seq));
    const [a, b] = [outbox.take(), outbox.take()];
    expect(outbox.take()).toBeNull();
    if (!a || !b) throw new Error('the window is two');
    outbox.acknowledged(b.entry);
    expect(outbox.take()?.bytes).toContain('"seq":2');
    expect(outbox.inFlightCount).toBe(2);
  });

  it('drops the oldest telemetry for want of room, events last of all, and counts both', () => {
    const outbox = new Outbox({ capacity: 4, window: 50 });
    for (const message of [event(0), telemetry(1), telemetry(2), event(3), event(4), event(5), event(6)]) {
      outbox.add(message);
    }
    expect(outbox.samplesDropped).toBe(2);
    for (let seq = 7; seq < 12; seq++) outbox.add(event(seq));
    expect(outbox.queuedCount).toBe(8);
    expect(outbox.eventsDropped).toBe(2);
  });

  it('keeps only the newest snapshot while unconnected', () => {
    const outbox = new Outbox();
    const firmware = new Firmware('b');
    for (let n = 0; n < 3; n++) outbox.add(firmware.snapshot(START));
    outbox.connected();
    expect(drain(outbox)).toEqual([[2, false]]);
  });
});
