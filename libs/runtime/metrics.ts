import { Injectable } from '@nestjs/common';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { SystemClock } from './clock.js';

/** A scrape waits this long for one gauge that is read from a database. */
const READ_MAX_MS = 1_000;

/**
 * The process's Prometheus registry. A metric is made once by the part that owns it; asking again for the
 * same name answers the same metric, so that two instances of a part in one process share it.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  counter<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return (
      this.existing<Counter<L>>(name) ?? new Counter({ name, help, labelNames, registers: [this.registry] })
    );
  }

  gauge<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return this.existing<Gauge<L>>(name) ?? new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  /**
   * A gauge read when it is scraped, for what changes without anybody setting it. `read` may fail (a database
   * is down): the scrape goes on with the values of before, after a second at most.
   */
  measured<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    read: (gauge: Gauge<L>) => void | Promise<void>,
  ): void {
    if (this.existing(name) !== undefined) return;
    const collect = async function (this: Gauge<L>) {
      const limit = new AbortController();
      const reading = (async () => read(this))().catch(() => undefined);
      await Promise.race([reading, new SystemClock().sleep(READ_MAX_MS, limit.signal)]);
      limit.abort();
    };
    new Gauge({ name, help, labelNames, registers: [this.registry], collect });
  }

  /** `buckets` in the unit of the metric's name; seconds unless the name says otherwise. */
  histogram<L extends string>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly L[] = [],
  ): Histogram<L> {
    return (
      this.existing<Histogram<L>>(name) ??
      new Histogram({ name, help, labelNames, buckets: [...buckets], registers: [this.registry] })
    );
  }

  private existing<T>(name: string): T | undefined {
    return this.registry.getSingleMetric(name) as T | undefined;
  }
}
