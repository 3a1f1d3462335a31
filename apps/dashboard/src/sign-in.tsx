import { Alert, Button, Form, Input } from 'antd';
import { useEffect, useId, useState } from 'react';
import type { ApiFailure } from './http.js';
import { useTexts } from './i18n/language.js';
import type { Translate } from './i18n/translate.js';
import { LanguageSwitch } from './language-switch.js';
import { isSendableKey, type Session, type SessionDoor } from './session.js';

/** Why a person is asked for a key. */
export type SignInNotice = 'ended' | 'signed-out';

interface Props {
  readonly door: SessionDoor;
  readonly notice: SignInNotice | null;
  /** Why it could not be said whether somebody is signed in already. */
  readonly failure: ApiFailure | null;
  readonly onAccepted: (session: Session) => void;
}

export function SignIn({ door, notice, failure: askedInVain, onAccepted }: Props) {
  const { t } = useTexts();
  const hintId = useId();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(askedInVain);
  useEffect(() => {
    document.title = t('app.title');
  }, [t]);

  async function submit(values: { readonly key?: string }) {
    setBusy(true);
    const answer = await door.enter((values.key ?? '').trim());
    setBusy(false);
    if (answer.ok) onAccepted(answer.value);
    else setFailure(answer);
  }

  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <div className="sign-in-top">
          <span className="brand">
            梯安 <span className="brand-latin">Liftwarden</span>
          </span>
          <LanguageSwitch />
        </div>
        <h1>{t('signIn.heading')}</h1>
        <WhyHere notice={notice} failure={failure} />
        <Form layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
          <Form.Item
            name="key"
            label={t('signIn.key')}
            extra={<span id={hintId}>{t('signIn.keyHint')}</span>}
            validateTrigger="onSubmit"
            rules={[{ validator: (_rule, value) => checkKey(t, value) }]}
          >
            <Input.Password size="large" autoComplete="off" spellCheck={false} autoFocus />
          </Form.Item>
          <Button type="primary" htmlType="submit" size="large" block loading={busy}>
            {t('signIn.submit')}
          </Button>
        </Form>
      </div>
    </main>
  );
}

function WhyHere({ notice, failure }: { notice: SignInNotice | null; failure: ApiFailure | null }) {
  const { t } = useTexts();
  if (failure !== null) return <Alert type="error" showIcon title={describeFailure(t, failure)} />;
  if (notice === 'ended') return <Alert type="warning" showIcon title={t('signIn.ended')} />;
  if (notice === 'signed-out') return <Alert type="info" showIcon title={t('signIn.signedOut')} />;
  return null;
}

/** Rejects with the sentence that the form shows under the field. */
async function checkKey(t: Translate, value: unknown): Promise<void> {
  const key = typeof value === 'string' ? value.trim() : '';
  if (key === '') throw new Error(t('signIn.keyMissing'));
  if (!isSendableKey(key)) throw new Error(t('signIn.keyUnusable'));
}

function describeFailure(t: Translate, failure: ApiFailure): string {
  if (failure.reason === 'unauthorized') return t('signIn.rejected');
  if (failure.reason === 'limited') return t('signIn.locked', { seconds: failure.retryAfterS ?? '…' });
  if (failure.reason === 'unreachable') return t('signIn.unreachable');
  return failure.detail ?? t('action.status', { status: failure.status ?? '' });
}
