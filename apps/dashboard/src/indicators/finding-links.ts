import type { FindingView } from './finding-view.js';
import type { PeriodChoice } from './period-choice.js';
import { type Choice, choiceHref } from './place-search.js';

/** Where the rows behind a finding are counted: null for faults, which are read one by one. */
export function evidenceHref({ kind, lift }: FindingView, period: PeriodChoice): string | null {
  const at: Partial<Choice> = { scope: `lift:${lift}`, period };
  switch (kind) {
    case 'hidden-by-inspection':
    case 'faked-faults':
      return null;
    case 'fake-maintenance':
      return choiceHref({ ...at, indicator: 'card-maintenance-share', part: 'denominator' });
    case 'repeat-entrapments-month':
    case 'repeat-entrapments-year':
      return choiceHref({ ...at, indicator: 'entrapment-rate-total' });
  }
}
