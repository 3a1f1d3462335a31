import { useTexts } from '../i18n/language.js';
import type { TrendPoint } from './figure-view.js';
import { figureText } from './figure-words.js';
import { sparkline } from './trend-options.js';

const WIDTH = 120;
const HEIGHT = 30;

interface Props {
  readonly points: readonly TrendPoint[] | undefined;
  readonly target: number;
}

/** The last periods as a small line, the target dotted across; its first and last figure are said aloud. */
export function Sparkline({ points, target }: Props) {
  const { t } = useTexts();
  if (points === undefined) return <span className="spark-none" aria-hidden="true" />;
  const values = points.map(({ figure }) => figure.official.value);
  const known = points.filter(({ figure }) => figure.official.value !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) {
    return <span className="line-small">{t('trend.nothing')}</span>;
  }
  const { runs, targetY } = sparkline(values, target, WIDTH, HEIGHT);
  const label = t('trend.spark', {
    from: first.period.label,
    first: figureText(t, first.figure.unit, first.figure.official),
    to: last.period.label,
    last: figureText(t, last.figure.unit, last.figure.official),
  });
  return (
    <svg className="spark" viewBox={`-4 -4 ${WIDTH + 8} ${HEIGHT + 8}`} role="img" aria-label={label}>
      {targetY !== null && <line className="spark-target" x1={0} x2={WIDTH} y1={targetY} y2={targetY} />}
      {runs.map((run) => (
        <polyline
          key={run[0]?.x}
          className="spark-line"
          points={run.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')}
        />
      ))}
      {runs.map((run) => {
        const end = run.at(-1);
        return end === undefined ? null : (
          <circle key={end.x} className="spark-end" cx={end.x} cy={end.y} r={2.6} />
        );
      })}
    </svg>
  );
}
