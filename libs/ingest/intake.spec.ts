import { type Journal, JournalFullError, type JournalPressure, type MessageEntry } from '#journal';
import type { InboundMessage } from '#mqtt';
import { nativeProfile, PAYLOAD_BYTES_MAX } from '#protocol';
import { Metrics } from '#runtime';
import { event, FixedRegistry, inbound, reading, T0 } from './ingest.fixture.js';
import { IngestMetrics } from './ingest-metrics.js';
import { Intake } from './intake.js';
import { ReaderPressure } from './reader-pressure.js';
import { SeenIdentities } from './seen-identities.js';

const JTC = '934000000000001';

/** An intake before a journal that keeps what it is given, or refuses it. */
class Desk {
  readonly entries: MessageEntry[] = [];
  readonly seen = new SeenIdentities();
  refusing: Error | null = null;
  full: JournalPressure | null = null;
  readonly metrics = new Metrics();
  readonly registry = new FixedRegistry()
    .add('T1')
    .add('unbound', { lift: null, district: null, firm: null })
    .add(JTC, { profile: 'jtc340' });
  private readonly intake: Intake;

  constructor() {
    const append = async (entries: readonly MessageEntry[]) => {
      if (this.refusing) throw this.refusing;
      return this.entries.push(...entries);
    };
    const desk = this;
    const journal = {
      append,
      get pressure() {
        return desk.full;
      },
    } as unknown as Journal;
    const metrics = new IngestMetrics(this.metrics);
    this.intake = new Intake(journal, this.registry, this.seen, metrics, new ReaderPressure(metrics));
  }

  async take(...batch: readonly InboundMessage[]): Promise<MessageEntry[]> {
    const before = this.entries.length;
    await this.intake.take(batch);
    return this.entries.slice(before);
  }
}

describe('intake', () => {
  it('leaves out QoS 0 telemetry alone, and counts it, while the journal is nearly full', async () => {
    const desk = new Desk();
    desk.full = 'nearly-full';
    const lost = inbound('T1', 'telemetry', reading({ seq: 1 }), { qos: 0 });
    expect(await desk.take(lost)).toEqual([]);
    const kept = await desk.take(
      lost,
      inbound('T1', 'telemetry', reading({ seq: 2 })),
      inbound('T1', 'event', event({ seq: 3 }, 'overspeed', 'raised'), { qos: 0 }),
    );
    expect(kept.map(({ topic }) => topic)).toEqual(['lift/v1/T1/telemetry', 'lift/v1/T1/event']);
    const shed = await desk.metrics.registry.getSingleMetric('liftwarden_intake_shed_total')?.get();
    expect(shed?.values).toMatchObject([{ value: 2, labels: { reason: 'nearly-full' } }]);
    desk.full = null;
    expect(await desk.take(lost)).toHaveLength(1);
  });

  it('journals what it could decode with its place, and hands the items on', async () => {
    const [entry] = await new Desk().take(inbound('T1', 'telemetry', reading({ seq: 1 })));
    expect(entry).toMatchObject({
      source: { terminal: 'T1', profile: 'native-v1', lift: 'LIFT-T1', district: '411330' },
      clockOffsetMs: 0,
      duplicates: [],
      refusal: null,
      memo: { ok: true },
    });
  });

  it.each<[string, InboundMessage, string, string | null]>([
    ['no right', inbound('T1', 'telemetry', '{}', { allowed: false }), 'topic-not-allowed', 'T1'],
    ['unknown topic', inbound('T1', 'x', '', { topic: 'a/b' }), 'unknown-topic', 'T1'],
    ['unknown name', inbound('T1', 'gossip', '{}'), 'unknown-topic', 'T1'],
    ['unknown terminal', inbound('T9', 'telemetry', '{}'), 'unknown-terminal', 'T9'],
    ['nobody named', inbound('T9', 'telemetry', '{}', { clientId: null }), 'unknown-terminal', null],
    ['bound to no lift', inbound('unbound', 'telemetry', '{}'), 'terminal-not-bound', 'unbound'],
    ["another's topic", inbound('T1', '', '', { topic: 'lift/v1/T2/event' }), 'topic-not-allowed', 'T1'],
    ['speaks otherwise', inbound(JTC, 'telemetry', '{}'), 'topic-not-allowed', JTC],
    ['empty', inbound('T1', 'telemetry', ''), 'empty-payload', 'T1'],
    ['no JSON', inbound('T1', 'telemetry', '{"v":1,'), 'malformed-json', 'T1'],
    [
      'a wrong type',
      inbound('T1', 'telemetry', reading({ seq: 1 }, { moving: 'yes' })),
      'invalid-payload',
      'T1',
    ],
    ['too large', inbound('T1', 'event', 'x'.repeat(PAYLOAD_BYTES_MAX + 1)), 'too-large', 'T1'],
  ])(
    '%s: journalled with its reason, the rest of the batch unharmed',
    async (_name, bad, reason, terminal) => {
      const [first, refused, last] = await new Desk().take(
        inbound('T1', 'telemetry', reading({ seq: 1 })),
        bad,
        inbound('T1', 'telemetry', reading({ seq: 2 })),
      );
      expect(refused?.refusal?.reason).toBe(reason);
      expect(refused?.source.terminal).toBe(terminal);
      expect([first?.refusal, last?.refusal]).toEqual([null, null]);
      expect(refused?.payload).toEqual(bad.payload);
    },
  );

  it('behind an external broker, knows a terminal by its topic', async () => {
    const [entry] = await new Desk().take(
      inbound('T1', 'telemetry', reading({ seq: 1 }), { clientId: null }),
    );
    expect(entry?.source.lift).toBe('LIFT-T1');
  });

  it('marks a message sent again, also from the store, and journals it all the same', async () => {
    const desk = new Desk();
    await desk.take(inbound('T1', 'event', event({ seq: 1 }, 'overspeed', 'raised')));
    const [again, stored, other] = await desk.take(
      inbound('T1', 'event', event({ seq: 1 }, 'overspeed', 'raised')),
      inbound('T1', 'event', event({ seq: 1 }, 'overspeed', 'raised', { stored: true })),
      inbound('T1', 'event', event({ seq: 1 }, 'overspeed', 'cleared')),
    );
    expect([again, stored, other].map((entry) => entry?.duplicates)).toEqual([[0], [0], []]);
  });

  it('marks the readings of an array one by one', async () => {
    const desk = new Desk();
    await desk.take(inbound('T1', 'telemetry', [reading({ seq: 1 }), reading({ seq: 2 })]));
    const [entry] = await desk.take(
      inbound('T1', 'telemetry', [reading({ seq: 2 }), reading({ seq: 3 }), reading({ seq: 1 })]),
    );
    expect(entry?.duplicates).toEqual([0, 2]);
  });

  it('takes what the journal refused as new when it comes again, a double in it once', async () => {
    const desk = new Desk();
    const batch = [
      inbound('T1', 'event', event({ seq: 1 }, 'overspeed', 'raised')),
      inbound('T1', 'event', event({ seq: 1 }, 'overspeed', 'raised')),
      inbound('T1', 'telemetry', [reading({ seq: 2 }), reading({ seq: 3 })]),
    ];
    desk.refusing = new JournalFullError('bytes', 'full');
    await expect(desk.take(...batch)).rejects.toBe(desk.refusing);
    desk.refusing = null;
    expect((await desk.take(...batch)).map(({ duplicates }) => duplicates)).toEqual([[], [0], []]);
  });

  it('a codec that fails costs its own message only', async () => {
    const desk = new Desk();
    const decode = failingDecode();
    try {
      const [bad, good] = await desk.take(
        inbound('T1', 'reply', 'boom'),
        inbound('T1', 'telemetry', reading({ seq: 1 })),
      );
      expect(bad?.refusal).toMatchObject({
        reason: 'invalid-payload',
        detail: expect.stringContaining('boom'),
      });
      expect(good?.refusal).toBeNull();
    } finally {
      decode.restore();
    }
  });

  it('never drops a state: two wills of the same bytes within ten minutes are two', async () => {
    const desk = new Desk();
    const will = inbound('T1', 'status', { v: 1, boot: 'b1', at: T0, online: false });
    const entries = await desk.take(will, { ...will, receivedAt: T0 + 60_000 });
    expect(entries.map(({ duplicates }) => duplicates)).toEqual([[], []]);
  });

  it("drops a vendor's message sent again within ten minutes only if it has a time of its own", async () => {
    const desk = new Desk();
    const send = (name: string, params: object, afterMs: number) =>
      inbound(JTC, '', JSON.stringify({ Version: 1, Params: params }), {
        topic: `/device/JTC340/${JTC}/thing/event/${name}/post/`,
        receivedAt: T0 + afterMs,
      });
    const fault = { Value: { ErrorType: 1006 }, Time: T0 };
    const state = { Value: { DoorState: 1, RunState: 0 } };
    const entries = await desk.take(
      ...[0, 1_000, 600_001].map((after) => send('ErrorEvent', fault, after)),
      ...[0, 1_000].map((after) => send('LiveData', state, after)),
    );
    expect(entries.map(({ refusal, duplicates }) => refusal ?? duplicates)).toEqual([[], [0], [], [], []]);
  });

  it('fixes the offset of a clock that is years off, and says so', async () => {
    const [first, second] = await new Desk().take(
      inbound('T1', 'telemetry', reading({ seq: 1, at: 1_000 })),
      inbound('T1', 'telemetry', reading({ seq: 2, at: 2_000 }), { receivedAt: T0 + 9_000 }),
    );
    expect([first, second].map((entry) => [entry?.clockOffsetMs, entry?.clockSuspect])).toEqual([
      [T0 - 1_000, true],
      [T0 - 1_000, true],
    ]);
  });
});

/** Makes the native codec fail on the payload `boom`. */
function failingDecode(): { restore(): void } {
  const real = nativeProfile.decode;
  const mutable = nativeProfile as { decode: typeof real };
  mutable.decode = (topic, payload) => {
    if (Buffer.from(payload).toString() === 'boom') throw new Error('boom');
    return real.call(nativeProfile, topic, payload);
  };
  return {
    restore: () => {
      mutable.decode = real;
    },
  };
}
