import { Metrics } from './metrics.js';

async function scraped(metrics: Metrics): Promise<string> {
  const text = await metrics.registry.metrics();
  return text
    .split('\n')
    .filter((line) => line.startsWith('test_'))
    .join('\n');
}

describe('Metrics.measured', () => {
  it('reads at every scrape', async () => {
    const metrics = new Metrics();
    let lag = 1;
    metrics.measured('test_lag', 'Lag', ['reader'], (gauge) => gauge.set({ reader: 'a' }, lag));
    expect(await scraped(metrics)).toBe('test_lag{reader="a"} 1');
    lag = 2;
    expect(await scraped(metrics)).toBe('test_lag{reader="a"} 2');
  });

  it('goes on with the value of before when the reading fails', async () => {
    const metrics = new Metrics();
    const answers = [
      () => 3,
      () => Promise.reject(new Error('database down')),
      () => {
        throw new Error('shut');
      },
    ];
    metrics.measured('test_lag', 'Lag', [], async (gauge) => gauge.set((await answers.shift()?.()) ?? -1));
    for (let scrape = 0; scrape < 3; scrape++) expect(await scraped(metrics)).toBe('test_lag 3');
  });

  it('does not wait for a reading that hangs', async () => {
    const metrics = new Metrics();
    metrics.measured('test_lag', 'Lag', [], () => new Promise(() => undefined));
    metrics.gauge('test_other', 'Other').set(5);
    expect(await scraped(metrics)).toContain('test_other 5');
  });
});
