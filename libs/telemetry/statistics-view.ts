import type { Selectable } from 'kysely';
import { anyObject, dateTime, nullable, number, objectOf, pageOfSchema, text } from '#access';
import type { LiftStatisticsTable } from '#records';

/** What a terminal counted over a period. A count is null when the terminal does not say (never 0). */
export interface StatisticsView {
  readonly terminal: string;
  readonly profile: string;
  readonly periodStart: string;
  readonly periodEnd: string | null;
  readonly runs: number | null;
  readonly runMinutes: number | null;
  readonly runMetres: number | null;
  readonly doorCycles: number | null;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly receivedAt: string;
}

export function statisticsView(row: Selectable<LiftStatisticsTable>): StatisticsView {
  return {
    terminal: row.terminal,
    profile: row.profile,
    periodStart: row.period_start.toISOString(),
    periodEnd: row.period_end?.toISOString() ?? null,
    runs: row.runs,
    runMinutes: row.run_minutes,
    runMetres: row.run_metres,
    doorCycles: row.door_cycles,
    raw: row.raw,
    receivedAt: row.received_at.toISOString(),
  };
}

export const STATISTICS_PAGE_SCHEMA = pageOfSchema(
  'LiftStatisticsPage',
  objectOf<StatisticsView>('LiftStatistics', {
    terminal: text('Id of the terminal that counted.'),
    profile: text('The profile its message was read by.'),
    periodStart: dateTime(),
    periodEnd: nullable(dateTime('Null when the terminal does not say.')),
    runs: nullable(number('Runs of the car; null = the terminal does not say.')),
    runMinutes: nullable(number('Minutes that the car ran.')),
    runMetres: nullable(number('Metres that the car travelled.')),
    doorCycles: nullable(number()),
    raw: anyObject('The fields as the terminal sent them.'),
    receivedAt: dateTime('When its latest word on this period came.'),
  }),
);
