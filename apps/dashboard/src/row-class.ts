import { isWaiting } from './alarm-selection.js';
import type { AlarmView } from './alarm-view.js';

/** CSS classes of a row or card. */
export function rowClass(alarm: AlarmView, isNew: boolean): string {
  const classes = [`row-${alarm.priority}`];
  if (isWaiting(alarm)) classes.push('row-waiting');
  if (alarm.state === 'closed') classes.push('row-closed');
  if (isNew) classes.push('row-new');
  return classes.join(' ');
}
