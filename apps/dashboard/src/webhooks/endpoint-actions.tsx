import { App, Button } from 'antd';
import { useState } from 'react';
import type { ApiResult, Tagged } from '../http.js';
import { useTexts } from '../i18n/language.js';
import { hrefOf } from '../router.js';
import { useWork } from '../work.js';
import { EditEndpointDialog } from './edit-endpoint-dialog.js';
import { SecretDialog } from './secret-dialog.js';
import type { Endpoint, NewEndpoint } from './webhook-view.js';
import { describeRefusal, shownKey } from './webhook-words.js';

/** An old secret signs beside the new one for so long (`OLD_SECRET_MS` of the server). */
const OLD_SECRET_MS = 24 * 3_600_000;
/** Long enough to be read by somebody who was looking elsewhere; seconds. */
const ERROR_SHOWN_S = 10;

interface Props {
  readonly read: Tagged<Endpoint>;
  readonly onChanged: (changed: Tagged<Endpoint>) => void;
  /** Reads it again: somebody else has changed it, or its secret is new. */
  readonly onStale: () => void;
  /** A test is on its way: the id of its delivery. */
  readonly onTest: (delivery: string) => void;
}

interface Rotated {
  readonly made: NewEndpoint;
  readonly oldUntilMs: number;
}

/** What can be done with an endpoint. */
export function EndpointActions({ read, onChanged, onStale, onTest }: Props) {
  const { t } = useTexts();
  const { webhooks, clock } = useWork();
  const { message, modal } = App.useApp();
  const [editing, setEditing] = useState(false);
  const [rotated, setRotated] = useState<Rotated | null>(null);
  const { busy, run } = useRun(onStale);
  const { value: endpoint, tag } = read;
  const { id, enabled, label } = endpoint;

  const test = () => run(() => webhooks.test(id), onTest);
  const toggle = () => run(() => webhooks.change(id, tag, { enabled: !enabled }), onChanged);
  const rotate = () =>
    run(
      () => webhooks.rotate(id, tag),
      (made) => setRotated({ made, oldUntilMs: clock.now() + OLD_SECRET_MS }),
    );
  const remove = () =>
    run(
      () => webhooks.remove(id, tag),
      () => {
        void message.success(t('hook.removed', { label }));
        location.hash = hrefOf('webhooks');
      },
    );
  const ask = (what: 'pause' | 'rotate' | 'remove', then: () => Promise<void>) =>
    modal.confirm({
      title: t(`hook.${what}Title`, { label }),
      content: t(`hook.${what}Ask`),
      okText: t(`hook.${what}`),
      okButtonProps: { danger: what === 'remove' },
      cancelText: t('close.cancel'),
      onOk: then,
    });

  return (
    <div className="hook-actions">
      <Button type="primary" disabled={!enabled} loading={busy} onClick={() => void test()}>
        {t('hook.test')}
      </Button>
      <Button onClick={() => setEditing(true)}>{t('hook.editButton')}</Button>
      <Button onClick={() => (enabled ? ask('pause', toggle) : void toggle())}>
        {t(enabled ? 'hook.pauseButton' : 'hook.enable')}
      </Button>
      <Button onClick={() => ask('rotate', rotate)}>{t('hook.rotateButton')}</Button>
      <Button danger onClick={() => ask('remove', remove)}>
        {t('hook.removeButton')}
      </Button>
      {editing && (
        <EditEndpointDialog
          read={read}
          onChanged={(changed) => {
            setEditing(false);
            onChanged(changed);
            void message.success(t('hook.saved'));
          }}
          onCancel={() => {
            setEditing(false);
            onStale();
          }}
        />
      )}
      {rotated !== null && (
        <SecretDialog
          secret={rotated.made.secret}
          publicKey={shownKey(rotated.made.endpoint)}
          oldUntilMs={rotated.oldUntilMs}
          onClose={() => {
            setRotated(null);
            onStale();
          }}
        />
      )}
    </div>
  );
}

/** Runs one action at a time and says why one failed; what failed because it was stale is read again. */
export function useRun(onStale: () => void) {
  const { t } = useTexts();
  const { leaveIfUnauthorized } = useWork();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  async function run<T>(send: () => Promise<ApiResult<T>>, done: (value: T) => void): Promise<void> {
    setBusy(true);
    const answer = await send();
    setBusy(false);
    if (answer.ok) {
      done(answer.value);
      return;
    }
    leaveIfUnauthorized(answer);
    if (answer.reason !== 'unauthorized') void message.error(describeRefusal(t, answer), ERROR_SHOWN_S);
    if (answer.status === 412 || answer.reason === 'conflict') onStale();
  }
  return { busy, run };
}
