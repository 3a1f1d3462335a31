import type { BreachReason, RaiseReason } from '#domain';
import { indicatorName, type Scope } from './alarm-subject.js';
import type { AlarmView } from './alarm-view.js';
import type { Directory } from './directory.js';
import { nameOf, type Translate } from './i18n/translate.js';

const DISTRICT_KINDS = ['province', 'city', 'county', 'township', 'village'];

/** A district or a firm by its name, anything else by what its row says. */
export function scopeName(t: Translate, directory: Directory, { kind, id }: Scope): string {
  if (kind === 'all') return t('scope.all');
  if (kind === 'firm') return directory.firmName(id);
  if (DISTRICT_KINDS.includes(kind)) return directory.districtName(id);
  return id;
}

/**
 * What it is about, as people name it aloud: a lift by the rescue code on its label, else by its registration
 * code; a rate by its scope; a webhook by its host.
 */
export function subjectName(t: Translate, directory: Directory, alarm: AlarmView): string {
  const { subject, lift, rescueCode } = alarm;
  if (subject?.type === 'webhook-endpoint') return subject.host;
  if (subject?.type === 'indicator' && lift === null) return scopeName(t, directory, subject.scope);
  if (rescueCode !== null) return t('lift.rescueCode', { code: rescueCode });
  return lift ?? alarm.sourceKey ?? alarm.id;
}

/** The alarm in words, for a message or a screen reader. */
export function namesOf(t: Translate, directory: Directory, alarm: AlarmView) {
  return { kind: nameOf(t, 'kind', alarm.kind), lift: subjectName(t, directory, alarm) };
}

/** Reasons that the rest of the line says already. */
const IMPLIED: readonly string[] = ['reported-by-terminal', 'beyond-threshold-held'] satisfies (
  | RaiseReason
  | BreachReason
)[];

/** What it rests on and why, on one line: "Inferred · outside the zone with a person inside". */
export function describeCause(t: Translate, { evidence, reason, subject }: AlarmView): string {
  const parts: string[] = [];
  if (evidence !== null) parts.push(nameOf(t, 'evidence', evidence));
  if (subject?.type === 'indicator') parts.push(indicatorName(t, subject));
  // "Reported · by the terminal" and "Target missed · beyond the threshold" would say it twice.
  if (reason !== null && !IMPLIED.includes(reason)) parts.push(nameOf(t, 'reason', reason));
  return parts.join(' · ');
}
