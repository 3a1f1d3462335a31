import { type LiftSample, nativeProfile } from '#protocol';
import { inbound, reading, T0 } from './ingest.fixture.js';
import { sampleHash } from './sample-hash.js';

const FULL = {
  direction: 'up',
  doorLock: 'closed',
  speed: 1.75,
  levelErrorMm: -2,
  loadPercent: 40,
  powerState: 'mains',
  tripCount: 7,
  doorCycleCount: 9,
  temperature: 21.5,
  vibration: 0.02,
  maker: 'x',
};
/** Another value of the same type, for every field. */
const OTHER: { readonly [F in keyof LiftSample]: LiftSample[F] } = {
  mode: 'inspection',
  direction: 'down',
  moving: true,
  floor: '-2B',
  doorState: 'opening',
  inDoorZone: false,
  doorLock: 'open',
  safetyLoop: 'open',
  occupied: true,
  speed: 1.7500001,
  levelErrorMm: 2,
  loadPercent: 41,
  powerState: 'lost',
  tripCount: 8,
  doorCycleCount: 10,
  temperature: -21.5,
  vibration: 0.03,
  extra: { maker: 'y' },
};

function sampleOf(changes: object = {}): LiftSample {
  const { topic, payload } = inbound('T1', 'telemetry', reading({ seq: 1 }, { ...FULL, ...changes }));
  const decoded = nativeProfile.decode(topic, payload);
  const item = decoded.ok ? decoded.items[0] : undefined;
  if (item?.type !== 'sample') throw new Error('no sample');
  return item.sample;
}

describe('sampleHash', () => {
  it('is the same for the same content, decoded twice', () => {
    expect(sampleHash(T0, sampleOf())).toBe(sampleHash(T0, sampleOf()));
  });

  it.each(Object.keys(sampleOf()) as (keyof LiftSample)[])(
    'changes with %s, and when it is absent',
    (field) => {
      const sample = sampleOf();
      const hashes = [sample, { ...sample, [field]: OTHER[field] }, { ...sample, [field]: null }].map(
        (each) => sampleHash(T0, each),
      );
      expect(new Set(hashes).size).toBe(3);
    },
  );

  it('changes with the time, and when values change places', () => {
    const sample = sampleOf();
    const swapped = { ...sample, tripCount: sample.doorCycleCount, doorCycleCount: sample.tripCount };
    const hashes = [sampleHash(T0, sample), sampleHash(T0 + 1, sample), sampleHash(T0, swapped)];
    expect(new Set([...hashes, sampleHash(null, sample)]).size).toBe(4);
  });
});
