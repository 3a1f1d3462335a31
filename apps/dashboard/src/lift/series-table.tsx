import { useTexts } from '../i18n/language.js';
import { type ChartTexts, short } from './chart-options.js';
import type { Series } from './series-view.js';
import { stateAt, summarise, type Window } from './series-window.js';

interface Props {
  readonly series: readonly Series[];
  readonly view: Window;
  readonly texts: ChartTexts;
}

/** The stretch in view in numbers. */
export function SeriesTable({ series, view, texts }: Props) {
  const { t } = useTexts();
  return (
    <table className="numbers">
      <caption className="visually-hidden">{t('series.numbers')}</caption>
      <thead className="numbers-head">
        <tr>
          <th scope="col">{t('series.field')}</th>
          <th scope="col">{t('series.min')}</th>
          <th scope="col">{t('series.mean')}</th>
          <th scope="col">{t('series.max')}</th>
          <th scope="col">{t('series.samples')}</th>
        </tr>
      </thead>
      <tbody>
        {series.map((each) => (
          <tr key={each.field}>
            <th scope="row">{texts.fieldName(each.field)}</th>
            {each.type === 'numbers' ? (
              <Numbers series={each} view={view} />
            ) : (
              <States series={each} view={view} texts={texts} />
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Numbers({
  series,
  view,
}: {
  readonly series: Extract<Series, { type: 'numbers' }>;
  readonly view: Window;
}) {
  const { t } = useTexts();
  const summary = summarise(series.buckets, view);
  if (summary === null) return <td colSpan={4}>{t('series.nothing')}</td>;
  return (
    <>
      {[summary.min, summary.mean, summary.max].map((value, index) => (
        <td key={['min', 'mean', 'max'][index]} className="digits">
          {short(value)} {series.unit}
        </td>
      ))}
      <td className="digits">{summary.count}</td>
    </>
  );
}

interface StatesProps {
  readonly series: Extract<Series, { type: 'states' }>;
  readonly view: Window;
  readonly texts: ChartTexts;
}

function States({ series, view, texts }: StatesProps) {
  const { t } = useTexts();
  const inside = series.changes.filter(({ atMs }) => atMs >= view.fromMs && atMs <= view.toMs).length;
  const last = stateAt(series.changes, view.toMs);
  const state = last === null ? t('series.unknown') : texts.stateName(series.field, last);
  return (
    <td colSpan={4}>
      {t('series.changes', { count: inside, state })}
      {series.truncated && ` ${t('series.truncated')}`}
    </td>
  );
}
