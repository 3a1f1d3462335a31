import { Button } from 'antd';
import { memo, useEffect, useRef } from 'react';
import type { Priority } from '#domain';
import type { FeedStatus } from './alarm-feed.js';
import type { PriorityCount } from './alarm-selection.js';
import { PRIORITY_ORDER } from './alarm-view.js';
import { describeConnection } from './connection.js';
import { useTexts } from './i18n/language.js';
import { LanguageSwitch } from './language-switch.js';
import { useNow } from './now.js';
import { PriorityMark } from './priority-mark.js';
import { hrefOf, type Place } from './router.js';
import { maySeeQuarantine, maySeeWebhooks } from './session.js';
import { SoundControl } from './sound-control.js';
import { formatClock } from './time-format.js';
import type { SoundView } from './use-sound.js';
import { useWork } from './work.js';

interface Props {
  readonly counts: Readonly<Record<Priority, PriorityCount>>;
  readonly status: FeedStatus;
  readonly place: Place;
  readonly sound: SoundView;
  /** A critical alarm calls for somebody. */
  readonly calling: boolean;
  readonly onSignOut: () => void;
}

/** On every page: whether it is live, what is open, where one can go, whether it can be heard. */
export function BoardHeader({ counts, status, place, sound, calling, onSignOut }: Props) {
  const { t } = useTexts();
  return (
    <header className="header">
      <a
        className="skip"
        href={location.hash}
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        {t('nav.skip')}
      </a>
      <p className="brand">
        梯安 <span className="brand-latin">Liftwarden</span>
      </p>
      <ConnectionState status={status} />
      <Navigation place={place} />
      <Counts counts={counts} />
      <Tools sound={sound} calling={calling} onSignOut={onSignOut} />
    </header>
  );
}

/** Not drawn again with the counts beside it, ten times a second in a flood. */
const Tools = memo(function Tools({
  sound,
  calling,
  onSignOut,
}: Pick<Props, 'sound' | 'calling' | 'onSignOut'>) {
  const { t } = useTexts();
  const { session } = useWork();
  return (
    <div className="header-tools">
      <SoundControl sound={sound} calling={calling} />
      <LanguageSwitch />
      {session.name !== '' && <span className="header-name">{session.name}</span>}
      <Button size="small" onClick={onSignOut}>
        {t('header.signOut')}
      </Button>
    </div>
  );
});

const Navigation = memo(function Navigation({ place }: { readonly place: Place }) {
  const { t } = useTexts();
  const { session } = useWork();
  const lastAlarms = useRef<URLSearchParams | null>(null);
  if (place.page === 'alarms') lastAlarms.current = place.search;
  const pages = [
    'alarms',
    'lifts',
    'indicators',
    'suppressed',
    ...(maySeeWebhooks(session) ? ['webhooks' as const] : []),
    ...(maySeeQuarantine(session) ? ['quarantine' as const] : []),
  ] as const;
  const current = place.page === 'lift' || place.page === 'webhook' ? `${place.page}s` : place.page;
  const strip = useRef<HTMLElement>(null);
  // On a phone the pages are a strip that scrolls: where one is must be in sight.
  useEffect(() => {
    const link = strip.current?.querySelector(`[data-page="${current}"]`);
    link?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current]);
  return (
    <nav ref={strip} className="nav" aria-label={t('nav.label')}>
      {pages.map((page) => (
        <a
          key={page}
          className="nav-link"
          data-page={page}
          href={hrefOf(page, page === 'alarms' ? lastAlarms.current : null)}
          aria-current={page === current ? 'page' : undefined}
        >
          {t(`nav.${page}`)}
        </a>
      ))}
    </nav>
  );
});

const Counts = memo(function Counts({ counts }: { readonly counts: Props['counts'] }) {
  const { t } = useTexts();
  return (
    <ul className="counts" aria-label={t('header.counts')}>
      {PRIORITY_ORDER.map((priority) => {
        const { open, waiting } = counts[priority];
        const rest = waiting > 0 ? t('header.waiting', { count: waiting }) : t('header.allAcknowledged');
        return (
          <li key={priority} className="count">
            <PriorityMark priority={priority} quiet={open === 0} />
            <span className="count-number">{open}</span>
            <span className="count-rest">{open === 0 ? t('header.none') : rest}</span>
          </li>
        );
      })}
    </ul>
  );
});

function ConnectionState({ status }: { readonly status: FeedStatus }) {
  const { t } = useTexts();
  const connection = describeConnection(status, useNow());
  const text =
    connection.state === 'lost'
      ? t('connection.lost', { time: formatClock(connection.since) })
      : t(`connection.${connection.state}`);
  return (
    <span className={`connection connection-${connection.state}`} role="status">
      <span className="connection-dot" aria-hidden="true" />
      {text}
    </span>
  );
}
