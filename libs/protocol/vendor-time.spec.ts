import fc from 'fast-check';
import { believedLocalTime, CHINA_CLOCK, epochMs, localTimeMs } from './vendor-time.js';

describe('epochMs', () => {
  it('takes seconds and milliseconds for the same moment', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100_000_000, max: 4_102_444_800 }), (seconds) => {
        expect(epochMs(seconds)).toBe(seconds * 1000);
        expect(epochMs(seconds * 1000)).toBe(seconds * 1000);
      }),
    );
  });

  it.each([
    [-1, null],
    [0, 0],
    [1692167107.5, 1692167107500],
    [8.64e15, 8.64e15],
    [8.64e15 + 2, null],
  ])('%d becomes %s', (time, ms) => {
    expect(epochMs(time)).toBe(ms);
  });
});

describe('local times', () => {
  it('are read back in their zone', () => {
    const zones = fc.constantFrom(0, 8, -5, 5.5).map((hours) => hours * 3_600_000);
    fc.assert(
      fc.property(
        fc.integer({ min: 100_000, max: 4_102_444_800 }),
        fc.boolean(),
        zones,
        (seconds, slashes, offsetMs) => {
          const iso = new Date(seconds * 1000 + offsetMs).toISOString();
          const [date = '', time = ''] = iso.split(/T|\.000Z/);
          const text = `${slashes ? date.replaceAll('-', '/') : date} ${time}`;
          expect(localTimeMs(text, { ...CHINA_CLOCK, offsetMs })).toBe(seconds * 1000);
        },
      ),
    );
  });

  it.each(['', 'now', '2023-02-30 00:00:00', '2023-13-01 00:00:00', '2023-08-16', '2023-08-16 24:00:00'])(
    '%j is none',
    (text) => {
      expect(localTimeMs(text, CHINA_CLOCK)).toBeNull();
    },
  );

  it('are believed up to 10 minutes from the message, and only then', () => {
    const at = Date.UTC(2023, 7, 16, 8, 25, 7);
    const believed = (time: string, messageAt: number | null) =>
      believedLocalTime(`2023-08-16 ${time}`, messageAt, CHINA_CLOCK);
    expect(believed('16:25:07', at)).toBe(at);
    expect(believed('16:35:07', at)).toBe(at + 600_000);
    expect(believed('16:35:08', at)).toBeNull();
    expect(believed('16:15:06', at)).toBeNull();
    expect(believed('16:25:07', null)).toBeNull();
  });
});
