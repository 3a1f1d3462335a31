import { Button } from 'antd';
import { memo } from 'react';
import type { Priority } from '#domain';
import type { FeedStatus } from './alarm-feed.js';
import type { PriorityCount } from './alarm-selection.js';
import { PRIORITY_ORDER } from './alarm-view.js';
import { describeConnection } from './connection.js';
import { useTexts } from './i18n/language.js';
import { LanguageSwitch } from './language-switch.js';
import { useNow } from './now.js';
import { PriorityMark } from './priority-mark.js';
import { formatClock } from './time-format.js';

interface Props {
  readonly counts: Readonly<Record<Priority, PriorityCount>>;
  readonly status: FeedStatus;
  readonly onSignOut: () => void;
}

export function BoardHeader({ counts, status, onSignOut }: Props) {
  const { t } = useTexts();
  return (
    <header className="header">
      <h1 className="brand">
        梯安 <span className="brand-latin">Liftwarden</span>
      </h1>
      <ConnectionState status={status} />
      <Counts counts={counts} />
      <div className="header-tools">
        <LanguageSwitch />
        <Button size="small" onClick={onSignOut}>
          {t('header.signOut')}
        </Button>
      </div>
    </header>
  );
}

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
