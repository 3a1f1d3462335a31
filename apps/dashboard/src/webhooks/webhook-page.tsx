import { Alert, Spin } from 'antd';
import { useMemo, useState } from 'react';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import { Failed } from '../lists/paged-table.js';
import { hrefOf, type Place } from '../router.js';
import { formatMinute } from '../time-format.js';
import { useWork } from '../work.js';
import { Deliveries } from './deliveries.js';
import type { Watched } from './delivery-watch.js';
import { EndpointActions } from './endpoint-actions.js';
import { LastDayField, StandingField, WantsField } from './endpoint-fields.js';
import { CopyField } from './secret-dialog.js';
import { useEndpoint } from './use-endpoint.js';
import { useStatistics } from './use-statistics.js';
import type { Endpoint, EndpointStatistics } from './webhook-view.js';
import { describeScope, shownKey, standingOf } from './webhook-words.js';
import './webhooks.css';

interface Props {
  readonly id: string;
  readonly place: Place;
}

/** One endpoint: what it gets, how it fares, and what became of each delivery. */
export default function WebhookPage({ id, place }: Props) {
  const { t } = useTexts();
  const { held, failure, reload, hold, turn } = useEndpoint(id);
  const [watched, setWatched] = useState<Watched | null>(null);
  const ids = useMemo(() => [id], [id]);
  const statistics = useStatistics(ids, turn).get(id);
  if (held === null) {
    return (
      <div className="page">
        <h1>{t('hook.title', { label: id })}</h1>
        {failure === null && <Spin className="asking" description={t('list.loading')} />}
        {failure?.reason === 'not-found' && (
          <Alert type="warning" showIcon title={t('hook.notFound', { id })} />
        )}
        {failure !== null && failure.reason !== 'not-found' && <Failed failure={failure} onRetry={reload} />}
        <BackLink />
      </div>
    );
  }
  const endpoint = held.value;
  return (
    <div className="page">
      <BackLink />
      <div className="hook-head">
        <div>
          <h1>{endpoint.label}</h1>
          <p className="list-hint hook-url">{endpoint.url}</p>
        </div>
        <EndpointActions
          read={held}
          onChanged={hold}
          onStale={reload}
          onTest={(delivery) => setWatched({ delivery, seen: 0 })}
        />
      </div>
      {failure !== null && <Failed failure={failure} onRetry={reload} />}
      <StandingNote endpoint={endpoint} />
      <div className="hook-panels">
        <Facts endpoint={endpoint} />
        <LastDay statistics={statistics} />
      </div>
      <Deliveries
        endpoint={endpoint}
        place={place}
        turn={turn}
        watched={watched}
        onWatch={setWatched}
        onMoved={reload}
      />
    </div>
  );
}

function BackLink() {
  const { t } = useTexts();
  return (
    <a className="hook-back" href={hrefOf('webhooks')}>
      ← {t('hook.back')}
    </a>
  );
}

/** What an owner must know before anything else. */
function StandingNote({ endpoint }: { readonly endpoint: Endpoint }) {
  const { t } = useTexts();
  const standing = standingOf(endpoint);
  const { failingSinceMs, stateAtMs, stateReason } = endpoint;
  if (standing === 'enabled') return null;
  const at = standing === 'failing' ? failingSinceMs : stateAtMs;
  const values = { time: at === null ? '—' : formatMinute(at), why: nameOf(t, 'hookReason', stateReason) };
  const type = standing === 'disabled' ? 'error' : 'warning';
  return <Alert type={type} showIcon title={t(`hook.note.${standing}`, values)} />;
}

function Facts({ endpoint }: { readonly endpoint: Endpoint }) {
  const { t } = useTexts();
  const { directory } = useWork();
  const { id, scope, signatures, concurrency, ratePerSecond, createdAtMs, oldSecretUntilMs } = endpoint;
  const publicKey = shownKey(endpoint);
  const signatureNames = signatures.map((name) => nameOf(t, 'hookSignature', name));
  return (
    <section className="panel" aria-labelledby="hook-facts">
      <h2 id="hook-facts">{t('hook.facts')}</h2>
      <dl className="facts">
        <Fact name={t('hook.column.state')}>
          <StandingField endpoint={endpoint} />
        </Fact>
        <Fact name={t('hook.column.scope')}>{describeScope(t, directory, scope)}</Fact>
        <Fact name={t('hook.column.wants')}>
          <WantsField endpoint={endpoint} />
        </Fact>
        <Fact name={t('hookField.signatures')}>{signatureNames.join(t('hook.comma'))}</Fact>
        {oldSecretUntilMs !== null && (
          <Fact name={t('hook.oldSecret')}>{t('hook.until', { time: formatMinute(oldSecretUntilMs) })}</Fact>
        )}
        <Fact name={t('hook.limits')}>
          {t('hook.limitsValue', { count: concurrency, rate: ratePerSecond })}
        </Fact>
        <Fact name={t('hook.createdAt')}>{createdAtMs === null ? '—' : formatMinute(createdAtMs)}</Fact>
        <Fact name={t('hook.id')}>{id}</Fact>
      </dl>
      {publicKey !== null && <CopyField label={t('hook.publicKey')} value={publicKey} />}
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function LastDay({ statistics }: { readonly statistics: EndpointStatistics | null | undefined }) {
  const { t } = useTexts();
  const counts = ['delivered', 'failed', 'pending', 'cancelled'] as const;
  return (
    <section className="panel" aria-labelledby="hook-day">
      <h2 id="hook-day">{t('hook.lastDay')}</h2>
      <LastDayField statistics={statistics} />
      {statistics && (
        <dl className="hook-counts">
          {counts.map((state) => (
            <div key={state}>
              <dt>{t(`hookState.${state}`)}</dt>
              <dd className="digits">{statistics[state]}</dd>
            </div>
          ))}
          <div>
            <dt>{t('hook.attempts')}</dt>
            <dd className="digits">{statistics.attempts}</dd>
          </div>
        </dl>
      )}
      <p className="line-small">{t('hook.latencyHint')}</p>
    </section>
  );
}
