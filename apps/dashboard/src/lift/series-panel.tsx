import { Alert, Button, Segmented, Select, Spin } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { useTexts } from '../i18n/language.js';
import { type NameFamily, nameOf, type Translate } from '../i18n/translate.js';
import { describeFailure } from '../lists/failure-words.js';
import type { Place } from '../router.js';
import { useScale } from '../scale.js';
import { formatMoment } from '../time-format.js';
import { keepSearch } from '../use-place.js';
import { useWork } from '../work.js';
import type { ChartLook, ChartTexts } from './chart-options.js';
import { SeriesChart } from './series-chart.js';
import { SeriesTable } from './series-table.js';
import { SERIES_FIELDS, type SeriesField } from './series-view.js';
import { refined, shifted, type Window, zoomed } from './series-window.js';
import { useSeries } from './use-series.js';

/** Strips that still fit a screen. */
const FIELDS_MAX = 5;
const HOUR_MS = 3_600_000;
const HOURS = [1, 6, 24, 168] as const;
/** What is in view is read again this often while it reaches to now; milliseconds. */
const REFRESH_MS = 10_000;

interface Props {
  readonly code: string;
  readonly place: Place;
}

/** What the terminal measured, field under field. */
export function SeriesPanel({ code, place }: Props) {
  const { t } = useTexts();
  const [fields, setFields] = useState<readonly SeriesField[]>(() => fieldsOf(place.search));
  const [hours, setHours] = useState<number>(() => hoursOf(place.search));
  const bounds = useBounds(hours);
  const [view, setView] = useState<Window | null>(null);
  const shown = view ?? bounds;
  const whole = useSeries(code, fields, bounds);
  const part = useSeries(code, fields, view);
  const series = useMemo(() => {
    if (whole === null) return [];
    return whole.series.map((each) =>
      part === null
        ? each
        : refined(each, part.series.find(({ field }) => field === each.field) ?? null, part.window),
    );
  }, [whole, part]);
  const texts = useMemo<ChartTexts>(
    () => ({
      fieldName: (field) => nameOf(t, 'field', field),
      stateName: (field, value) => stateName(t, field, value),
    }),
    [t],
  );
  useEffect(() => {
    const search = new URLSearchParams({ fields: fields.join(','), hours: String(hours) });
    keepSearch(search);
  }, [fields, hours]);

  const scale = useScale();
  const look = useMemo<ChartLook>(
    () => ({ fontFamily: getComputedStyle(document.body).fontFamily, fontPx: Math.round(12 * scale) }),
    [scale],
  );
  const failure = whole?.failure ?? part?.failure ?? null;
  return (
    <section className="panel" aria-labelledby="series-title">
      <h2 id="series-title">{t('series.title')}</h2>
      <div className="series-tools">
        <Select<SeriesField[]>
          className="series-fields"
          mode="multiple"
          maxCount={FIELDS_MAX}
          aria-label={t('series.fields')}
          placeholder={t('series.fields')}
          value={[...fields]}
          options={SERIES_FIELDS.map((value) => ({ value, label: t(`field.${value}`) }))}
          onChange={setFields}
        />
        <Segmented
          aria-label={t('series.range')}
          options={HOURS.map((value) => ({ value, label: t(`series.hours${value}`) }))}
          value={hours}
          onChange={(value) => {
            setHours(value);
            setView(null);
          }}
        />
        <ZoomButtons bounds={bounds} view={view} onView={setView} />
      </div>
      {failure !== null && <Alert type="error" showIcon title={describeFailure(t, failure)} />}
      {whole === null && fields.length > 0 && <Spin className="asking" description={t('list.loading')} />}
      {fields.length === 0 && <p className="list-empty">{t('series.noField')}</p>}
      {series.length > 0 && (
        <>
          <SeriesChart
            series={series}
            bounds={bounds}
            view={shown}
            texts={texts}
            look={look}
            label={t('series.chart', {
              fields: fields.map((field) => t(`field.${field}`)).join(t('shaft.comma')),
            })}
            onView={(next) => setView(isWhole(next, bounds) ? null : next)}
          />
          <p className="list-hint digits">
            {t('series.shown', { from: formatMoment(shown.fromMs), to: formatMoment(shown.toMs) })}
          </p>
          <SeriesTable series={series} view={shown} texts={texts} />
        </>
      )}
    </section>
  );
}

interface ZoomProps {
  readonly bounds: Window;
  readonly view: Window | null;
  readonly onView: (view: Window | null) => void;
}

/** What the wheel and the fingers do, for a keyboard. */
function ZoomButtons({ bounds, view, onView }: ZoomProps) {
  const { t } = useTexts();
  const now = view ?? bounds;
  const go = (next: Window) => onView(isWhole(next, bounds) ? null : next);
  return (
    <span className="series-zoom">
      <Button size="small" onClick={() => go(shifted(now, -0.5, bounds))} disabled={view === null}>
        {t('series.earlier')}
      </Button>
      <Button size="small" onClick={() => go(zoomed(now, 0.5, bounds))}>
        {t('series.zoomIn')}
      </Button>
      <Button size="small" onClick={() => go(zoomed(now, 2, bounds))} disabled={view === null}>
        {t('series.zoomOut')}
      </Button>
      <Button size="small" onClick={() => go(shifted(now, 0.5, bounds))} disabled={view === null}>
        {t('series.later')}
      </Button>
      <Button size="small" onClick={() => onView(null)} disabled={view === null}>
        {t('series.all')}
      </Button>
    </span>
  );
}

/** The last `hours`, moving on with time while the page is looked at. */
function useBounds(hours: number): Window {
  const { clock } = useWork();
  const [now, setNow] = useState(() => clock.now());
  useEffect(
    () =>
      clock.every(REFRESH_MS, () => {
        if (!document.hidden) setNow(clock.now());
      }),
    [clock],
  );
  return useMemo(() => ({ fromMs: now - hours * HOUR_MS, toMs: now }), [now, hours]);
}

function isWhole(window: Window, bounds: Window): boolean {
  const slack = (bounds.toMs - bounds.fromMs) / 1_000;
  return window.fromMs - bounds.fromMs <= slack && bounds.toMs - window.toMs <= slack;
}

function fieldsOf(search: URLSearchParams): readonly SeriesField[] {
  const named = (search.get('fields') ?? 'speed,floor,doorState').split(',');
  return SERIES_FIELDS.filter((field) => named.includes(field)).slice(0, FIELDS_MAX);
}

function hoursOf(search: URLSearchParams): number {
  const hours = Number(search.get('hours'));
  return HOURS.find((each) => each === hours) ?? 1;
}

/** Which names the values of a field have. */
const STATE_FAMILIES: Readonly<Record<string, NameFamily>> = {
  mode: 'mode',
  direction: 'direction',
  doorState: 'doorState',
  doorLock: 'contact',
  safetyLoop: 'contact',
  powerState: 'powerState',
};

/** A state's value as people call it; a floor's mark is its own name. */
export function stateName(t: Translate, field: string, value: string): string {
  if (field === 'floor') return value;
  if (value === 'true' || value === 'false') return t(`flag.${value}`);
  const family = STATE_FAMILIES[field];
  return family === undefined ? value : nameOf(t, family, value);
}
