import { Alert, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { PlaceField } from './alarm-fields.js';
import type { AlarmView } from './alarm-view.js';
import { describeCause, subjectName } from './alarm-words.js';
import { useTexts } from './i18n/language.js';
import { nameOf } from './i18n/translate.js';
import { useWork } from './work.js';

/** Characters; a shift's report is shorter. */
const NOTE_MAX = 1_000;

interface Props {
  readonly alarm: AlarmView;
  /** True when it was closed: then the dialog goes. */
  readonly onClose: (note: string) => Promise<boolean>;
  readonly onCancel: () => void;
}

/** Asks what was found and done: without it nothing is closed. */
export function CloseDialog({ alarm, onClose, onCancel }: Props) {
  const { t } = useTexts();
  const { directory } = useWork();
  const [form] = Form.useForm<{ note?: string }>();
  const [busy, setBusy] = useState(false);
  const unconfirmed = alarm.subject === null ? 'close.unconfirmed' : 'close.withdrawn';

  async function submit(values: { readonly note?: string }) {
    setBusy(true);
    const closed = await onClose((values.note ?? '').trim());
    setBusy(false);
    if (closed) onCancel();
  }

  return (
    <Modal
      open
      title={t('close.title')}
      okText={t('close.submit')}
      cancelText={t('close.cancel')}
      confirmLoading={busy}
      onOk={() => form.submit()}
      onCancel={onCancel}
      mask={{ closable: false }}
    >
      <p className="close-what">
        <strong>{nameOf(t, 'kind', alarm.kind)}</strong> · {subjectName(t, directory, alarm)}
        {alarm.subject !== null && <span className="line">{describeCause(t, alarm)}</span>}
        <PlaceField alarm={alarm} />
      </p>
      {alarm.state === 'cleared-unconfirmed' && (
        <Alert type="warning" showIcon title={t(unconfirmed)} className="close-warning" />
      )}
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
        <Form.Item
          name="note"
          label={t('close.note')}
          rules={[{ required: true, whitespace: true, message: t('close.noteMissing') }]}
        >
          <Input.TextArea
            rows={4}
            maxLength={NOTE_MAX}
            showCount
            placeholder={t(alarm.subject === null ? 'close.noteHint' : 'close.noteHintOther')}
            autoFocus
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}
