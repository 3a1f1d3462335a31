import { Alert, Button, Checkbox, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTexts } from '../i18n/language.js';
import { formatMinute } from '../time-format.js';

interface Props {
  readonly secret: string;
  readonly publicKey: string | null;
  /** Until when the old one signs too; null when there is none. */
  readonly oldUntilMs: number | null;
  readonly onClose: () => void;
}

/** The secret, this once. It goes only after a person has said that it is kept. */
export function SecretDialog({ secret, publicKey, oldUntilMs, onClose }: Props) {
  const { t } = useTexts();
  const [kept, setKept] = useState(false);
  return (
    <Modal
      open
      width={640}
      title={t('hook.secretTitle')}
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      footer={
        <Button type="primary" disabled={!kept} onClick={onClose}>
          {t('hook.secretDone')}
        </Button>
      }
    >
      <Alert type="warning" showIcon title={t('hook.secretOnce')} />
      <CopyField label={t('hook.secret')} value={secret} />
      <p className="list-hint hook-advice">{t('hook.secretAdvice')}</p>
      {oldUntilMs !== null && (
        <p className="hook-old">{t('hook.oldSecretUntil', { time: formatMinute(oldUntilMs) })}</p>
      )}
      {publicKey !== null && <CopyField label={t('hook.publicKey')} value={publicKey} />}
      <Checkbox checked={kept} onChange={(event) => setKept(event.target.checked)}>
        {t('hook.secretKept')}
      </Checkbox>
    </Modal>
  );
}

interface CopyProps {
  readonly label: string;
  readonly value: string;
}

type Copied = 'no' | 'yes' | 'failed';

/** A value to take along; where the browser gives no clipboard (plain http) it is selected instead. */
export function CopyField({ label, value }: CopyProps) {
  const { t } = useTexts();
  const [copied, setCopied] = useState<Copied>('no');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied('yes');
    } catch {
      setCopied('failed');
    }
  };
  return (
    <div className="hook-copy">
      <span className="hook-copy-label">{label}</span>
      <div className="hook-copy-line">
        <Input
          readOnly
          className="digits"
          aria-label={label}
          value={value}
          onFocus={(event) => event.target.select()}
        />
        <Button onClick={() => void copy()}>{t(copied === 'yes' ? 'hook.copied' : 'hook.copy')}</Button>
      </div>
      <span className="line-small" role="status">
        {copied === 'failed' ? t('hook.copyFailed') : ''}
      </span>
    </div>
  );
}
