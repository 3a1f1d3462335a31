import { performance } from 'node:perf_hooks';
import { PlatformProcess } from '../harness/platform-process.js';

/** What `npm run bench -- import` prints. */
export interface ImportBench {
  readonly lifts: number;
  /** Seconds of the first import, all rows new, and of the second, none changed. */
  readonly registeredSeconds: number;
  readonly unchangedSeconds: number;
  /** Processor time of the platform for the first import: comparable between busy machines. */
  readonly registeredCpuSeconds: number;
  /** Its longest transaction was below this bound of the histogram, seconds; null = beyond the last. */
  readonly transactionBelowSeconds: number | null;
}

/** Imports `lifts` lifts, at most 240,000, by HTTP into the embedded database, then the same file again. */
export async function benchImport({ lifts }: { readonly lifts: number }): Promise<ImportBench> {
  const platform = await PlatformProcess.create();
  try {
    await platform.start();
    await platform.api('POST', '/districts', { code: '330922', name: '嵊泗县' });
    for (let firm = 0; firm < 20; firm += 1)
      await platform.api('POST', '/firms', { id: `f${firm}`, name: `维保${firm}` });
    const file = csvOf(lifts);
    const cpuBefore = await platform.metric('process_cpu_seconds_total');
    const registeredSeconds = await importOnce(platform, file, { registered: lifts });
    const cpuSeconds = (await platform.metric('process_cpu_seconds_total')) - cpuBefore;
    const registeredCpuSeconds = Number(cpuSeconds.toFixed(2));
    const transactionBelowSeconds = await longestBelow(platform);
    const unchangedSeconds = await importOnce(platform, file, { unchanged: lifts });
    return { lifts, registeredSeconds, unchangedSeconds, registeredCpuSeconds, transactionBelowSeconds };
  } finally {
    await platform.dispose();
  }
}

function csvOf(lifts: number): string {
  const heading =
    '注册代码,救援码,行政区划代码,地址,场所名称,使用场所,安装日期,制造单位,型号,维保单位,经度,纬度,坐标系';
  const rows = Array.from({ length: lifts }, (_row, n) => {
    const year = 2000 + (Math.floor(n / 10_000) % 24);
    const code = `3110330922${year}05${String(n % 10_000).padStart(4, '0')}`;
    const place = `330922,沙河路${n}号,花园${n % 900}期,住宅,${year}-05-01`;
    const rescue = String(n).padStart(6, '0');
    return `${code},${rescue},${place},三菱,GPS-3,f${n % 20},122.45,30.72,GCJ-02`;
  });
  return `${heading}\r\n${rows.join('\r\n')}\r\n`;
}

async function importOnce(
  platform: PlatformProcess,
  file: string,
  expected: Readonly<Record<string, number>>,
): Promise<number> {
  const began = performance.now();
  const response = await fetch(`${platform.url}/api/v1/imports/lifts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${platform.adminKey}`, 'content-type': 'text/csv; charset=utf-8' },
    body: file,
  });
  const report = (await response.json()) as Record<string, unknown>;
  const seconds = Number(((performance.now() - began) / 1_000).toFixed(2));
  for (const [name, count] of Object.entries(expected)) {
    if (report[name] !== count)
      throw new Error(`expected ${count} ${name}: ${JSON.stringify(report).slice(0, 500)}`);
  }
  return seconds;
}

/** The smallest bucket that holds every transaction of the import. */
async function longestBelow(platform: PlatformProcess): Promise<number | null> {
  const total = await platform.metric('liftwarden_import_batch_seconds_count');
  for (const bound of [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]) {
    const within = await platform.metric('liftwarden_import_batch_seconds_bucket', { le: String(bound) });
    if (within === total) return bound;
  }
  return null;
}
