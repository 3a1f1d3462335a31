import { useTexts } from '../i18n/language.js';
import { formatMinute } from '../time-format.js';
import { useWork } from '../work.js';
import type { Endpoint, EndpointStatistics } from './webhook-view.js';
import {
  describeFilters,
  describeLatencies,
  describeShare,
  describeStanding,
  describeTypes,
  standingOf,
} from './webhook-words.js';

const SIGNS = { enabled: '●', failing: '▲', paused: '‖', disabled: '✕' } as const;

/** In what state it is, and when that is not well, why and since when. */
export function StandingField({ endpoint }: { readonly endpoint: Endpoint }) {
  const { t } = useTexts();
  const standing = standingOf(endpoint);
  const detail = describeStanding(t, endpoint);
  return (
    <>
      <span className={`line hook-standing hook-${standing}`}>
        <span aria-hidden="true">{SIGNS[standing]}</span> {t(`hook.standing.${standing}`)}
      </span>
      {detail !== '' && <span className="line line-small line-wraps digits">{detail}</span>}
    </>
  );
}

export function WantsField({ endpoint }: { readonly endpoint: Endpoint }) {
  const { t } = useTexts();
  const { directory } = useWork();
  const filters = describeFilters(t, directory, endpoint);
  return (
    <>
      <span className="line line-wraps">{describeTypes(t, endpoint)}</span>
      {filters !== '' && <span className="line line-small line-wraps">{filters}</span>}
    </>
  );
}

interface LastDayProps {
  /** Null = could not be read; undefined = not read yet. */
  readonly statistics: EndpointStatistics | null | undefined;
}

/** How the last 24 hours went. */
export function LastDayField({ statistics }: LastDayProps) {
  const { t } = useTexts();
  if (statistics === undefined) return <span className="line-small">{t('list.loading')}</span>;
  if (statistics === null) return <span className="line-small">{t('hook.statisticsUnread')}</span>;
  const { delivered, failed, pending, nextAttemptAtMs } = statistics;
  const share = describeShare(t, statistics);
  const latencies = describeLatencies(t, statistics);
  return (
    <>
      <span className="line digits">
        {share === null ? (
          t('hook.nothingSettled')
        ) : (
          <>
            <strong className={failed > 0 ? 'hook-share-bad' : ''}>{share}</strong>{' '}
            {t('hook.settled', { delivered, failed })}
          </>
        )}
      </span>
      {latencies !== null && <span className="line line-small line-wraps digits">{latencies}</span>}
      {pending > 0 && (
        <span className="line line-small line-wraps digits">
          {t('hook.pendingCount', { count: pending })}
          {nextAttemptAtMs !== null && ` · ${t('hook.next', { time: formatMinute(nextAttemptAtMs) })}`}
        </span>
      )}
    </>
  );
}
