import { Spin } from 'antd';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef } from 'react';
import { countByPriority, isCalling } from './alarm-selection.js';
import { Announcer } from './announcer.js';
import { Board } from './board.js';
import { BoardHeader } from './board-header.js';
import { BoardNotices } from './board-notices.js';
import { BrowserClock } from './browser-clock.js';
import { useDirectory } from './directory.js';
import { createFleetApi } from './fleet-api.js';
import { Http } from './http.js';
import { useTexts } from './i18n/language.js';
import { IndicatorApi } from './indicators/indicator-api.js';
import { FleetPage } from './lists/fleet-page.js';
import { QuarantinePage } from './lists/quarantine-page.js';
import { SuppressedPage } from './lists/suppressed-page.js';
import { NowProvider } from './now.js';
import type { Place } from './router.js';
import type { Session } from './session.js';
import type { SignInNotice } from './sign-in.js';
import { type AlarmFeedView, useAlarmFeed } from './use-alarm-feed.js';
import { usePlace } from './use-place.js';
import { useSound } from './use-sound.js';
import { createWebhookApi } from './webhooks/webhook-api.js';
import { type Work, WorkContext } from './work.js';

const IndicatorsPage = lazy(() => import('./indicators/indicators-page.js'));
const WebhooksPage = lazy(() => import('./webhooks/webhooks-page.js'));
const WebhookPage = lazy(() => import('./webhooks/webhook-page.js'));
/** A lift's page brings the charts, which are as large as all the rest: read when first needed. */
const LiftPage = lazy(() => import('./lift/lift-page.js'));

interface Props {
  readonly session: Session;
  readonly onLeave: (why: SignInNotice) => void;
}

/** Signed in: the live alarms are followed, counted and heard whatever page is in view. */
export function Workplace({ session, onLeave }: Props) {
  const clock = useMemo(() => new BrowserClock(), []);
  const http = useMemo(
    () =>
      new Http({
        credentials: session.credentials,
        fetch: (input, init) => fetch(input, init),
        onServerDate: (dateHeader) => clock.follow(dateHeader),
      }),
    [session, clock],
  );
  const ended = useCallback(() => onLeave('ended'), [onLeave]);
  const signOut = useCallback(() => onLeave('signed-out'), [onLeave]);
  const feed = useAlarmFeed(http, clock, ended);
  const fleet = useMemo(() => createFleetApi(http), [http]);
  const indicators = useMemo(() => new IndicatorApi(http), [http]);
  const webhooks = useMemo(() => createWebhookApi(http), [http]);
  const directory = useDirectory(fleet);
  const work = useMemo<Work>(
    () => ({
      session,
      fleet,
      indicators,
      webhooks,
      clock,
      directory,
      leaveIfUnauthorized: (failure) => {
        if (failure.reason === 'unauthorized') ended();
      },
    }),
    [session, fleet, indicators, webhooks, clock, directory, ended],
  );
  const place = usePlace();
  const { alarms } = feed.store;
  const { counts, calling } = useMemo(
    () => ({ counts: countByPriority(alarms.values()), calling: [...alarms.values()].some(isCalling) }),
    [alarms],
  );
  const sound = useSound(clock, calling);
  useTitle(counts.critical.waiting);

  return (
    <WorkContext value={work}>
      <NowProvider clock={clock}>
        <div className={`workplace workplace-${place.page}`}>
          <BoardHeader
            counts={counts}
            status={feed.status}
            place={place}
            sound={sound}
            calling={calling}
            onSignOut={signOut}
          />
          <BoardNotices status={feed.status} store={feed.store} />
          <Main place={place} feed={feed} ended={ended} />
          <Announcer store={feed.store} />
        </div>
      </NowProvider>
    </WorkContext>
  );
}

interface MainProps {
  readonly place: Place;
  readonly feed: AlarmFeedView;
  readonly ended: () => void;
}

/** What is in view. A new page takes the focus, so that a keyboard or a screen reader goes on there. */
function Main({ place, feed, ended }: MainProps) {
  const { t } = useTexts();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(`${place.page}${place.lift}${place.webhook}`);
  useEffect(() => {
    const now = `${place.page}${place.lift}${place.webhook}`;
    if (shown.current === now) return;
    shown.current = now;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [place]);
  return (
    <main ref={main} id="main" tabIndex={-1} className="main">
      <Suspense fallback={<Spin className="asking" description={t('list.loading')} />}>
        <Page place={place} feed={feed} ended={ended} />
      </Suspense>
    </main>
  );
}

function Page({ place, feed, ended }: MainProps) {
  const boardTop = useRef(0);
  switch (place.page) {
    case 'alarms':
      return <Board feed={feed} place={place} onUnauthorized={ended} memory={boardTop} />;
    case 'lifts':
      return <FleetPage place={place} alarms={feed.store.alarms} />;
    case 'lift':
      return <LiftPage key={place.lift} code={place.lift ?? ''} place={place} alarms={feed.store.alarms} />;
    case 'indicators':
      return <IndicatorsPage place={place} alarms={feed.store.alarms} />;
    case 'suppressed':
      return <SuppressedPage place={place} />;
    case 'quarantine':
      return <QuarantinePage place={place} />;
    case 'webhooks':
      return <WebhooksPage />;
    case 'webhook':
      return <WebhookPage key={place.webhook} id={place.webhook ?? ''} place={place} />;
  }
}

/** The tab shows the count of critical alarms nobody has acknowledged, even when another tab is in front. */
function useTitle(count: number): void {
  const { t } = useTexts();
  useEffect(() => {
    document.title = count > 0 ? t('app.titleCritical', { count }) : t('app.title');
  }, [t, count]);
}
