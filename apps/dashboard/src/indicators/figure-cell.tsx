import { useTexts } from '../i18n/language.js';
import type { FigureView, IndicatorView } from './figure-view.js';
import { figureNote, figureText, intervalText, partsText } from './figure-words.js';

interface Props {
  readonly said: Pick<IndicatorView, 'formula' | 'numeratorName' | 'denominatorName' | 'unit'>;
  /** Null: the indicator has no such reading. */
  readonly figure: FigureView | null;
}

/** A figure with what it was made of; one that is too small to be ranked says so and how sure it is. */
export function FigureCell({ said, figure }: Props) {
  const { t } = useTexts();
  if (figure === null) return <span className="line line-small line-wraps">{t('figures.noReading')}</span>;
  const note = figureNote(t, figure);
  const interval = intervalText(figure);
  return (
    <>
      <span className="line line-wraps figure-value digits">{figureText(t, said.unit, figure)}</span>
      <span className="line line-small line-wraps digits">{partsText(t, said, figure)}</span>
      {note !== null && (
        <span
          className={
            figure.tiny && figure.value !== null
              ? 'line line-wraps figure-tiny'
              : 'line line-small line-wraps'
          }
        >
          {note}
        </span>
      )}
      {figure.tiny && interval !== null && (
        <span className="line line-small line-wraps digits">{t('figures.interval', { interval })}</span>
      )}
    </>
  );
}
