// Stores batches to the store named by argv[2] until it is killed; prints each position whose batch was answered.
// Batch p has p % 700 + 1 points; each point's tripCount is p, its seq counts within the batch.
import 'reflect-metadata';
import { register } from 'node:module';

register('./ts-hooks.mjs', import.meta.url);
const { DuckDbSeriesStore } = await import('../duckdb-series.store.ts');

const store = new DuckDbSeriesStore({ file: process.argv[2], walAutocheckpoint: '200KB' });
await store.open();

const silent = { mode: null, direction: null, moving: null, floor: null, doorState: null, inDoorZone: null };
const empty = { doorLock: null, safetyLoop: null, occupied: null, speed: null, levelErrorMm: null, extra: null };
const rest = { loadPercent: null, powerState: null, doorCycleCount: null, temperature: null, vibration: null };

/** DuckDB refuses no point for good. */
const source = { keepRefused: async () => {}, reread: async () => [] };

for (let position = (await store.position()) + 1; ; position++) {
  const points = Array.from({ length: (position % 700) + 1 }, (_, seq) => ({
    lift: `lift-${seq % 40}`,
    district: '411330',
    terminal: 'killed',
    boot: `p${position}`,
    seq,
    at: 1_700_000_000_000 + position,
    terminalAt: null,
    receivedAt: 1_700_000_000_000 + position,
    clockSuspect: false,
    sample: { ...silent, ...empty, ...rest, tripCount: position },
  }));
  const batch = store.begin();
  batch.add(points);
  const result = await batch.store(position, source);
  if (!result.ok) throw new Error(result.message);
  process.stdout.write(`${position}\n`);
}
