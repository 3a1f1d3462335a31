import { Alert, Button, Drawer, Spin } from 'antd';
import { useState } from 'react';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import { Failed } from '../lists/paged-table.js';
import { formatMoment } from '../time-format.js';
import { useMediaQuery } from '../use-media-query.js';
import { useWork } from '../work.js';
import { DeliveryMark } from './delivery-mark.js';
import { isExpected, type Watched } from './delivery-watch.js';
import { useRun } from './endpoint-actions.js';
import { useFound } from './use-found.js';
import { useWatch } from './use-watch.js';
import type { Attempt, Delivery, Endpoint } from './webhook-view.js';
import { describeLatency, describeReason, indented } from './webhook-words.js';

const WIDTH_PX = 720;

interface Props {
  readonly endpoint: Endpoint;
  readonly watched: Watched;
  /** Its row, when the list has it. */
  readonly found: Delivery | null;
  readonly onMoved: () => void;
  readonly onWatch: (watched: Watched | null) => void;
}

/** One delivery: what was sent, and what the receiver said to each attempt. */
export function DeliveryDrawer({ endpoint, watched, found, onMoved, onWatch }: Props) {
  const { t } = useTexts();
  const { webhooks, clock } = useWork();
  const narrow = useMediaQuery(`(max-width: ${WIDTH_PX}px)`);
  const [expects, setExpects] = useState(() => isExpected(found, clock.now()));
  const { attempts, outcome, failure } = useWatch({
    endpoint: endpoint.id,
    ...watched,
    expects,
    onMoved,
  });
  const delivery = useFound(endpoint.id, watched, found, attempts?.length ?? 0);
  const { busy, run } = useRun(onMoved);
  const again = () =>
    run(
      () => webhooks.redeliver(endpoint.id, watched.delivery),
      () => {
        setExpects(true);
        onWatch({ ...watched, seen: attempts?.length ?? watched.seen });
        onMoved();
      },
    );
  const title = delivery === null ? t('hook.delivery') : nameOf(t, 'hookType', delivery.type);
  return (
    <Drawer open title={title} size={narrow ? '100%' : WIDTH_PX} onClose={() => onWatch(null)}>
      <div className="hook-drawer">
        <div role="status">
          {expects && (
            <Alert type={TONES[outcome]} showIcon title={t(`hook.watch.${outcome}`)} className="hook-watch" />
          )}
        </div>
        {delivery !== null && <Summary delivery={delivery} />}
        <Button disabled={!endpoint.enabled} loading={busy} onClick={() => void again()}>
          {t('hook.redeliver')}
        </Button>
        <h3>{t('hook.attemptsTitle')}</h3>
        {failure !== null && <Failed failure={failure} onRetry={onMoved} />}
        {attempts === null && failure === null && <Spin description={t('list.loading')} />}
        {attempts?.length === 0 && <p className="list-hint">{t('hook.noAttempts')}</p>}
        <ol className="hook-attempts">
          {[...(attempts ?? [])].reverse().map((attempt) => (
            <AttemptEntry key={attempt.number} attempt={attempt} />
          ))}
        </ol>
        {delivery !== null && delivery.body !== '' && <SentBody body={delivery.body} />}
      </div>
    </Drawer>
  );
}

const TONES = { waiting: 'info', accepted: 'success', refused: 'warning' } as const;

function Summary({ delivery }: { readonly delivery: Delivery }) {
  const { t } = useTexts();
  return (
    <dl className="facts">
      <div>
        <dt>{t('hook.column.delivery')}</dt>
        <dd>
          <DeliveryMark state={delivery.state} />
          <span className="line line-small line-wraps">{describeReason(t, delivery)}</span>
        </dd>
      </div>
      <div>
        <dt>{t('hook.column.time')}</dt>
        <dd>{formatMoment(delivery.createdAtMs)}</dd>
      </div>
      {delivery.dueAtMs !== null && (
        <div>
          <dt>{t('hook.nextAttempt')}</dt>
          <dd>{formatMoment(delivery.dueAtMs)}</dd>
        </div>
      )}
      <div>
        <dt>webhook-id</dt>
        <dd>{delivery.id}</dd>
      </div>
    </dl>
  );
}

/** The receiver's words are text: React escapes them. */
function AttemptEntry({ attempt }: { readonly attempt: Attempt }) {
  const { t } = useTexts();
  const { number, outcome, status, head, body, error } = attempt;
  const good = outcome === 'accepted';
  return (
    <li className={good ? 'hook-attempt hook-attempt-good' : 'hook-attempt'}>
      <p className="hook-attempt-head">
        <strong className={good ? 'hook-good' : 'hook-bad'}>
          <span aria-hidden="true">{good ? '✓' : '✕'}</span> {nameOf(t, 'hookReason', outcome)}
        </strong>
        {status !== null && <span className="digits">HTTP {status}</span>}
        <span className="digits">{describeLatency(t, attempt.durationMs)}</span>
        <span className="line-small digits">
          {t('hook.attemptAt', { number, time: formatMoment(attempt.beganAtMs) })}
        </span>
      </p>
      {error !== null && <p className="hook-error">{error}</p>}
      {(head !== null || body !== null) && (
        <details className="bytes" open={!good}>
          <summary>{t('hook.answer')}</summary>
          <pre className="hook-pre">{[head, body].filter((part) => part !== null).join('\n\n')}</pre>
        </details>
      )}
    </li>
  );
}

function SentBody({ body }: { readonly body: string }) {
  const { t } = useTexts();
  return (
    <details className="bytes">
      <summary>{t('hook.sentBody', { count: new TextEncoder().encode(body).length })}</summary>
      <p className="line-small">{t('hook.sentBodyHint')}</p>
      <pre className="hook-pre">{indented(body)}</pre>
    </details>
  );
}
