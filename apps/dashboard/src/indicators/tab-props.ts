import type { Scope } from '../alarm-subject.js';
import type { AlarmView } from '../alarm-view.js';
import type { Choice } from './place-search.js';

/** What each view of the page works with. */
export interface TabProps {
  readonly choice: Choice;
  readonly scope: Scope;
  /** The live alarms: a missed target leads to its own. */
  readonly alarms: ReadonlyMap<string, AlarmView>;
}
