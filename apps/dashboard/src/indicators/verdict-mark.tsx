import { useTexts } from '../i18n/language.js';
import { isMessageKey } from '../i18n/translate.js';
import type { TargetView } from './figure-view.js';

/** Shape, word and colour: a verdict is never a colour alone. */
const SHAPES: Readonly<Record<string, string>> = { kept: '✓', missed: '✕', 'missed-not-due': '△' };

export function VerdictMark({ target }: { readonly target: TargetView }) {
  const { t } = useTexts();
  const { verdict, by, figure } = target;
  const key = `verdict.${verdict}`;
  const whyKey = `verdictWhy.${figure.official.reason}`;
  return (
    <>
      <span className={`verdict verdict-${verdict}`}>
        <span aria-hidden="true">{SHAPES[verdict] ?? '–'}</span> {isMessageKey(key) ? t(key) : verdict}
      </span>
      {verdict === 'unjudged' && isMessageKey(whyKey) && (
        <span className="line line-small line-wraps">{t(whyKey)}</span>
      )}
      {verdict === 'missed-not-due' && by !== null && (
        <span className="line line-small">{t('verdict.dueBy', { date: by })}</span>
      )}
    </>
  );
}
