import { ProgressLine } from '../progress.js';
import type { LoadPhase, LoadResult, LoadState } from './load-run.js';

/** What a run is about to do. */
export interface LoadPlan {
  /** `ulimit -n`; null = without limit. */
  readonly ulimit: number | null;
  readonly terminals: number;
  readonly rate: number | null;
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly qos: number;
  readonly window: number;
  readonly seed: number;
}

/** Who is told how a run goes. */
export interface LoadReport {
  begin(plan: LoadPlan): void;
  phase(phase: LoadPhase): void;
  second(state: LoadState): void;
  end(result: LoadResult): void;
}

/** The result with the rate worked out. */
export function summaryOf(result: LoadResult) {
  const ratePerSecond = Math.round(result.acked / result.seconds);
  const cpuMicrosPerMessage = Math.round((result.cpuMicros / Math.max(1, result.acked)) * 100) / 100;
  return { ratePerSecond, cpuMicrosPerMessage, ...result };
}

/** A JSON line for each thing there is to say. */
export class JsonReport implements LoadReport {
  begin(plan: LoadPlan): void {
    const { ulimit, terminals, rate, seconds, warmupSeconds, qos, window, seed } = plan;
    const said = { ulimit, terminals, rate: rate ?? 'max', seconds, warmupSeconds, qos, window, seed };
    this.say({ event: 'plan', ...said });
  }

  phase(phase: LoadPhase): void {
    const { phase: event, ...rest } = phase;
    this.say({ event, ...rest });
  }

  second(state: LoadState): void {
    this.say({ event: 'second', ...state });
  }

  end(result: LoadResult): void {
    this.say({ event: 'result', ...summaryOf(result) });
  }

  private say(line: object): void {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}

/** For people: a line that is rewritten each second, and a summary. */
export class TextReport implements LoadReport {
  private readonly progress = new ProgressLine();

  begin({ ulimit, terminals, rate, seconds, qos, window, seed }: LoadPlan): void {
    const offered = rate === null ? 'as fast as it goes' : `${rate} messages/s`;
    this.progress.say(`ulimit -n is ${ulimit ?? 'unlimited'}; ${terminals} terminals, seed ${seed}`);
    this.progress.say(`QoS ${qos}, ${offered}, at most ${window} in flight each, ${seconds} s`);
  }

  phase(phase: LoadPhase): void {
    if (phase.phase !== 'connected') {
      this.progress.say(phase.phase.replace('-', ' '));
      return;
    }
    const { connectMs, perSecond } = phase;
    this.progress.say(
      `connected at ${perSecond}/s, p50 ${connectMs?.p50 ?? 0} ms, p99 ${connectMs?.p99 ?? 0} ms`,
    );
  }

  second(state: LoadState): void {
    const { connected, perSecond, acked, inFlight, behind, p99, reconnects, problem } = state;
    const flow = `${perSecond}/s, ${acked} acknowledged, ${inFlight} in flight, ${behind} behind`;
    const rest = `p99 ${p99} ms, ${connected} connected, ${reconnects} reconnects`;
    this.progress.show(`${flow}, ${rest}${problem === null ? '' : ` — ${problem}`}`);
  }

  end(result: LoadResult): void {
    const { ratePerSecond, cpuMicrosPerMessage, pubackMs, acked, seconds } = summaryOf(result);
    const { ackedInAll, unacknowledged, dueNotSent, resent, reconnects, strayAcks } = result;
    this.progress.say(
      `${ratePerSecond} messages/s: ${acked} acknowledged in ${seconds.toFixed(1)} s, ${ackedInAll} in all`,
    );
    if (pubackMs !== null) {
      const { p50, p90, p99, p999, max } = pubackMs;
      this.progress.say(`PUBACK p50 ${p50} ms, p90 ${p90}, p99 ${p99}, p99.9 ${p999}, max ${max}`);
    }
    this.progress.say(
      `${unacknowledged} unacknowledged, ${dueNotSent} due and not sent, ${resent} sent again, ` +
        `${reconnects} reconnects, ${strayAcks} stray answers, ${cpuMicrosPerMessage} µs of CPU each`,
    );
  }
}
