import type { Fault } from '#domain';
import { type KnownTerminal, UnrecordedFaults } from '#ingest';
import { Metrics } from '#runtime';
import type { AlarmFrame } from './alarm-frame.js';
import { AlarmStreams, type StreamClient } from './alarm-streams.js';
import { AlarmTail } from './alarm-tail.js';
import { MemoryRecords, VirtualClock, Wire } from './testing/stream-doubles.js';
import { UnrecordedAlarms } from './unrecorded-alarms.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));
const ofFirm = (firm: string) => (frame: AlarmFrame) => frame.firm === firm;
const client = (firm = 'A'): StreamClient => ({
  maySee: ofFirm(firm),
  recheck: async () => ofFirm(firm),
});

async function started(records: MemoryRecords) {
  const clock = new VirtualClock();
  const metrics = new Metrics();
  const tail = new AlarmTail(records, clock, metrics);
  const faults = new UnrecordedFaults();
  const unrecorded = new UnrecordedAlarms(faults, clock, metrics);
  unrecorded.onModuleInit();
  const streams = new AlarmStreams(records, tail, clock, metrics, unrecorded);
  streams.onModuleInit();
  await tail.onApplicationBootstrap();
  await settle();
  return { clock, metrics, tail, streams, faults };
}

function criticalFault(at: number): Fault {
  return {
    id: 'f1',
    lift: 'L1',
    terminal: 'T1',
    kind: 'entrapment',
    evidence: 'reported',
    priority: 'critical',
    raisedAt: at,
    receivedAt: at,
    reason: 'reported-by-terminal',
    profile: 'native-v1',
    code: 'entrapment',
    clockSuspect: false,
    detail: null,
  };
}

function knownTo(firm: string): KnownTerminal {
  const place = { lift: 'L1', district: '411330', address: '淮源大道1号', rescueCode: '300001' };
  return { id: 'T1', profile: 'native-v1', firm, ...place };
}

describe('the live alarm stream', () => {
  test('greets with the head of the log, then sends what follows, in the scope only', async () => {
    const records = new MemoryRecords();
    records.append('alarm.raised');
    const { streams } = await started(records);
    const [a, b] = [new Wire(), new Wire()];
    streams.open(a, client('A'), null);
    streams.open(b, client('B'), null);
    records.append('fault.raised', 'A');
    records.append('alarm.raised', 'A', { alarm: { id: 'alarm-1' }, receivedAt: 1 });
    records.append('alarm.raised', 'B');
    await settle();
    expect(a.events).toEqual([
      { id: 1, event: 'hello', data: { head: 1 } },
      { id: 3, event: 'alarm.raised', data: { type: 'alarm.raised', alarm: { id: 'alarm-1' } } },
    ]);
    expect(b.alarmIds).toEqual([4]);
  });

  test('shows a critical fault that the database does not take, until the log has it', async () => {
    const records = new MemoryRecords();
    const { streams, faults, clock } = await started(records);
    const [a, b] = [new Wire(), new Wire()];
    streams.open(a, client('A'), null);
    streams.open(b, client('B'), null);
    faults.publish({ fault: criticalFault(clock.now()), known: knownTo('A') });
    const [, shown] = a.events;
    expect(shown).toMatchObject({ event: 'alarm.raised', data: { type: 'alarm.raised' } });
    expect(shown?.data.alarm).toMatchObject({
      id: 'alarm-f1',
      recorded: false,
      version: 0,
      rescueCode: '300001',
    });
    expect(b.events).toHaveLength(1);

    const late = new Wire();
    streams.open(late, client('A'), null);
    expect(late.events).toHaveLength(2);
    records.append('alarm.raised', 'A', { alarm: { id: 'alarm-f1', version: 1 }, receivedAt: 1 });
    await settle();
    // The one from memory came without an id: the client's place in the log stays.
    expect(a.alarmIds).toEqual([null, 1]);
    const later = new Wire();
    streams.open(later, client('A'), null);
    expect(later.events).toHaveLength(1);
  });

  test('reads the log once a wake-up, not once a client', async () => {
    const records = new MemoryRecords();
    const { streams } = await started(records);
    for (let i = 0; i < 50; i += 1) streams.open(new Wire(), client(), null);
    const before = records.reads;
    records.append('alarm.raised');
    await settle();
    expect(records.reads - before).toBeLessThanOrEqual(2);
  });

  test('measures from the receipt of the message to the write', async () => {
    const records = new MemoryRecords();
    const { streams, clock, metrics } = await started(records);
    streams.open(new Wire(), client(), null);
    records.append('alarm.raised', 'A', { receivedAt: clock.now() - 40 });
    await settle();
    const text = await metrics.registry.getSingleMetricAsString('liftwarden_alarm_stream_seconds');
    expect(text).toContain('liftwarden_alarm_stream_seconds_sum 0.04');
    expect(text).toContain('liftwarden_alarm_stream_seconds_count 1');
  });

  test.each([
    ['older than the oldest event kept', '3', 100, 50],
    ['more than 5,000 events behind', '10', 0, 5_011],
    ['of another log, ahead of ours', '99', 0, 5],
    ['not a number', 'abc', 0, 5],
    ['empty', '', 0, 5],
  ])('resets a client whose id is %s', async (_why, lastEventId, forgotten, kept) => {
    const records = new MemoryRecords();
    records.forgotten = forgotten;
    for (let i = 0; i < kept; i += 1) records.append('alarm.updated');
    const head = forgotten + kept;
    const { streams } = await started(records);
    const wire = new Wire();
    streams.open(wire, client(), lastEventId);
    await settle();
    records.append('alarm.updated');
    await settle();
    expect(wire.events.slice(1)).toEqual([
      { id: head, event: 'reset', data: { head } },
      expect.objectContaining({ id: head + 1, event: 'alarm.updated' }),
    ]);
  });

  test.each([
    ['the oldest that can be', '100', 100, 50, 50],
    ['5,000 behind', '0', 0, 5_000, 5_000],
    ['the head', '7', 0, 7, 0],
  ])('replays from an id that is %s', async (_what, lastEventId, forgotten, kept, replayed) => {
    const records = new MemoryRecords();
    records.forgotten = forgotten;
    for (let i = 0; i < kept; i += 1) records.append('alarm.updated');
    const { streams } = await started(records);
    const wire = new Wire();
    streams.open(wire, client(), lastEventId);
    await settle();
    expect(wire.events[0]).toEqual({ id: null, event: 'hello', data: { head: forgotten + kept } });
    expect(wire.alarmIds).toEqual(Array.from({ length: replayed }, (_, i) => Number(lastEventId) + i + 1));
    records.append('alarm.closed');
    await settle();
    expect(wire.alarmIds.at(-1)).toBe(forgotten + kept + 1);
  });

  test('beats every 5 s, with an id that passes what the client may not see', async () => {
    const records = new MemoryRecords();
    const { streams, clock } = await started(records);
    const wire = new Wire();
    streams.open(wire, client('A'), null);
    records.append('alarm.raised', 'B');
    await settle();
    clock.advance(5_000);
    const at = new Date(clock.now()).toISOString();
    expect(wire.events.at(-1)).toEqual({
      id: 1,
      event: 'heartbeat',
      data: { at, recordsFailingSince: null },
    });
  });

  test('says with each beat since when the database has not answered, until it does', async () => {
    const records = new MemoryRecords();
    const { streams, clock } = await started(records);
    const wire = new Wire();
    streams.open(wire, client(), null);
    records.broken = true;
    clock.advance(5_000);
    await settle();
    const since = new Date(clock.now()).toISOString();
    clock.advance(5_000);
    await settle();
    expect(wire.events.at(-1)?.data).toMatchObject({ recordsFailingSince: since });
    records.broken = false;
    for (let beat = 0; beat < 2; beat += 1) {
      clock.advance(5_000);
      await settle();
    }
    expect(wire.events.at(-1)?.data).toMatchObject({ recordsFailingSince: null });
  });

  test('ends within 5 s once the key is revoked, and survives a database that cannot say', async () => {
    const records = new MemoryRecords();
    const { streams, clock } = await started(records);
    let answer: () => Promise<ReturnType<typeof ofFirm> | null> = () => Promise.reject(new Error('stopped'));
    const wire = new Wire();
    streams.open(wire, { maySee: ofFirm('A'), recheck: () => answer() }, null);
    clock.advance(5_000);
    await settle();
    expect(wire.finished).toBeNull();
    answer = async () => ofFirm('B');
    clock.advance(5_000);
    await settle();
    records.append('alarm.raised', 'A');
    records.append('alarm.raised', 'B');
    await settle();
    expect(wire.alarmIds).toEqual([2]);
    answer = async () => null;
    clock.advance(5_000);
    await settle();
    expect(wire.finished).toBe('ended');
    records.append('alarm.raised', 'B');
    await settle();
    expect(wire.alarmIds).toEqual([2]);
  });

  test('cuts off a client that does not read, at its 1 MiB, and no other', async () => {
    const records = new MemoryRecords();
    const { streams, metrics } = await started(records);
    const [slow, sound] = [new Wire(), new Wire()];
    slow.reads = false;
    streams.open(slow, client(), null);
    streams.open(sound, client(), null);
    for (let i = 0; i < 11; i += 1)
      records.append('alarm.updated', 'A', { alarm: { note: 'x'.repeat(100_000) } });
    await settle();
    expect(slow.finished).toBe('destroyed');
    expect(slow.alarmIds).toHaveLength(11);
    expect(sound.alarmIds).toHaveLength(11);
    expect(sound.finished).toBeNull();
    const ended = await metrics.registry.getSingleMetricAsString('liftwarden_alarm_streams_ended_total');
    expect(ended).toContain('{reason="too-slow"} 1');
  });

  test('paces a replay by the client, and gives up on one that stalls', async () => {
    const records = new MemoryRecords();
    for (let i = 0; i < 1_000; i += 1)
      records.append('alarm.updated', 'A', { alarm: { note: 'x'.repeat(4_000) } });
    const { streams, clock } = await started(records);
    const wire = new Wire();
    wire.reads = false;
    streams.open(wire, client(), '0');
    await settle();
    expect(wire.alarmIds).toHaveLength(100);
    wire.readAll();
    await settle();
    expect(wire.alarmIds).toHaveLength(200);
    clock.advance(30_000);
    await settle();
    expect(wire.finished).toBe('destroyed');
  });

  test('goes on after a failed read of the log', async () => {
    const records = new MemoryRecords();
    const { streams, clock } = await started(records);
    const wire = new Wire();
    streams.open(wire, client(), null);
    const read = records.readEvents.bind(records);
    records.readEvents = () => Promise.reject(new Error('connection lost'));
    records.append('alarm.raised');
    await settle();
    records.readEvents = read;
    clock.advance(1_000);
    await settle();
    expect(wire.alarmIds).toEqual([1]);
  });

  test('ends every stream at shutdown', async () => {
    const { streams } = await started(new MemoryRecords());
    const wire = new Wire();
    streams.open(wire, client(), null);
    streams.onModuleDestroy();
    expect(wire.finished).toBe('ended');
  });
});
