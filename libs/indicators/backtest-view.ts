import { dateTime, flag, integer, listOf, nullable, number, objectOf, text } from '#access';

/** One thing a rule would have said. */
export interface BacktestEventView {
  readonly type: string;
  readonly at: string;
  readonly scope: string;
  readonly value: number | null;
  readonly numerator: number;
  readonly denominator: number;
  readonly reason: string;
}

/** What a rule would have raised. */
export interface BacktestView {
  readonly from: string;
  readonly to: string;
  readonly facts: number;
  readonly looks: number;
  readonly breaches: number;
  /** Scopes that would be breached now. */
  readonly standing: readonly string[];
  /** In order of time, the first 1,000. */
  readonly events: readonly BacktestEventView[];
  /** More events than are listed. */
  readonly truncated: boolean;
  readonly seconds: number;
}

export const BACKTEST_SCHEMA = objectOf<BacktestView>('Backtest', {
  from: dateTime(),
  to: dateTime(),
  facts: integer('Facts that were put to the rule, as they are known now.'),
  looks: integer(),
  breaches: integer(),
  standing: listOf(text(), 'Scopes that would be breached now.'),
  events: listOf(
    objectOf<BacktestEventView>('BacktestEvent', {
      type: text(),
      at: dateTime(),
      scope: text(),
      value: nullable(number()),
      numerator: number(),
      denominator: number(),
      reason: text(),
    }),
    'In order of time, the first 1,000.',
  ),
  truncated: flag('More events than are listed.'),
  seconds: number('What the computation took.'),
});
