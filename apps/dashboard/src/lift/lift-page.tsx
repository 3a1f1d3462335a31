import { Alert, Spin } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import type { AlarmView } from '../alarm-view.js';
import { useTexts } from '../i18n/language.js';
import { OpenAlarms } from '../lists/open-alarms.js';
import { Failed } from '../lists/paged-table.js';
import { hrefOf, type Place } from '../router.js';
import { formatMoment } from '../time-format.js';
import { useWork } from '../work.js';
import { LiftTimeline } from './lift-timeline.js';
import type { LiftView } from './lift-view.js';
import { LiveState } from './live-state.js';
import { SeriesPanel } from './series-panel.js';
import { useLift } from './use-lift.js';

const DAY_MS = 86_400_000;

interface Props {
  readonly code: string;
  readonly place: Place;
  readonly alarms: ReadonlyMap<string, AlarmView>;
}

/** Everything known of one lift. */
export default function LiftPage({ code, place, alarms }: Props) {
  const { t } = useTexts();
  const { now, failure, retry } = useLift(code);
  const floors = useHeardFloors(code);
  const own = useMemo(() => [...alarms.values()].filter(({ lift }) => lift === code), [alarms, code]);
  const version = own.map(({ id, version: number }) => `${id}:${number}`).join(' ');
  if (now === null) {
    return (
      <div className="page">
        <h1>{t('lift.title', { lift: code })}</h1>
        {failure === null && <Spin className="asking" description={t('list.loading')} />}
        {failure?.reason === 'not-found' && (
          <Alert type="warning" showIcon title={t('lift.notFound', { code })} />
        )}
        {failure !== null && failure.reason !== 'not-found' && <Failed failure={failure} onRetry={retry} />}
        <p>
          <a href={hrefOf('lifts')}>{t('lift.back')}</a>
        </p>
      </div>
    );
  }
  const { lift } = now;
  const name = lift.rescueCode === null ? lift.code : t('lift.rescueCode', { code: lift.rescueCode });
  return (
    <div className="page lift-page">
      <div className="lift-head">
        <h1>
          {name} <span className="lift-address">{lift.address}</span>
        </h1>
        <OpenAlarms alarms={own.filter(({ state }) => state !== 'closed')} />
      </div>
      {failure !== null && <Failed failure={failure} onRetry={retry} />}
      <div className="lift-columns">
        <div className="lift-side">
          <LiveState now={now} floors={floors} />
          <Facts lift={lift} />
        </div>
        <div className="lift-main">
          <SeriesPanel code={code} place={place} />
        </div>
      </div>
      <LiftTimeline code={code} version={version} />
    </div>
  );
}

function Facts({ lift }: { readonly lift: LiftView }) {
  const { t } = useTexts();
  const { directory } = useWork();
  const { terminal } = lift;
  const facts: readonly (readonly [string, string])[] = [
    [t('lift.code'), lift.code],
    [t('lift.rescue'), lift.rescueCode ?? '—'],
    [t('lift.address'), lift.address],
    [t('lift.site'), lift.site ?? '—'],
    [t('column.district'), `${directory.districtName(lift.district)} ${lift.district}`],
    [t('column.firm'), lift.firm === null ? '—' : directory.firmName(lift.firm)],
    [t('column.terminal'), terminal === null ? t('lift.noTerminal') : `${terminal.id} · ${terminal.profile}`],
    [t('lift.boundAt'), terminal?.boundAtMs ? formatMoment(terminal.boundAtMs) : '—'],
  ];
  return (
    <section className="panel" aria-labelledby="facts-title">
      <h2 id="facts-title">{t('lift.facts')}</h2>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** The floor marks of the last day: nobody tells us a building's floors. */
function useHeardFloors(code: string): readonly string[] {
  const { fleet, clock } = useWork();
  const [floors, setFloors] = useState<readonly string[]>([]);
  useEffect(() => {
    const leaving = new AbortController();
    const toMs = clock.now();
    const query = { field: 'floor', fromMs: toMs - DAY_MS, toMs, points: 500 } as const;
    void fleet.series(code, query, leaving.signal).then((answer) => {
      if (leaving.signal.aborted || !answer.ok || answer.value.type !== 'states') return;
      const marks = answer.value.changes.flatMap(({ value }) => (value === null ? [] : [value]));
      setFloors([...new Set(marks)]);
    });
    return () => leaving.abort();
  }, [fleet, clock, code]);
  return floors;
}
