import { Alert, Checkbox, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import type { ApiFailure } from '../http.js';
import { useTexts } from '../i18n/language.js';
import { useWork } from '../work.js';
import { RefusalNote } from './refusal-note.js';
import type { Queued } from './webhook-view.js';
import { isoOf, localOf } from './webhook-words.js';

const DAY_MS = 24 * 3_600_000;
const STATES = ['failed', 'cancelled', 'delivered'] as const;

interface Props {
  readonly endpoint: string;
  readonly onQueued: () => void;
  readonly onClose: () => void;
}

interface Values {
  readonly since: string;
  readonly until: string;
  readonly states: readonly string[];
  readonly missed: boolean;
}

/** Puts the deliveries of a range of time back into the queue. */
export function RedeliverDialog({ endpoint, onQueued, onClose }: Props) {
  const { t } = useTexts();
  const { webhooks, clock, leaveIfUnauthorized } = useWork();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [done, setDone] = useState<Queued | null>(null);
  const [initial] = useState<Values>(() => ({
    since: localOf(clock.now() - DAY_MS),
    // The minute in progress belongs to it.
    until: localOf(clock.now() + 60_000),
    states: ['failed', 'cancelled'],
    missed: false,
  }));

  async function submit({ since, until, states, missed }: Values) {
    setBusy(true);
    const range = { since: isoOf(since), until: isoOf(until), states, missed };
    const answer = await webhooks.redeliverRange(endpoint, range);
    setBusy(false);
    setFailure(answer.ok ? null : answer);
    if (answer.ok) {
      setDone(answer.value);
      onQueued();
    } else leaveIfUnauthorized(answer);
  }

  const moment = (name: 'since' | 'until') => (
    <Form.Item
      name={name}
      label={t(`hook.range.${name}`)}
      rules={[{ required: true, message: t('hook.momentMissing') }]}
    >
      <Input type="datetime-local" />
    </Form.Item>
  );
  return (
    <Modal
      open
      title={t('hook.redeliverRange')}
      okText={t('hook.redeliver')}
      cancelText={t(done === null ? 'close.cancel' : 'hook.done')}
      confirmLoading={busy}
      onOk={() => form.submit()}
      onCancel={onClose}
      mask={{ closable: false }}
    >
      <p className="list-hint hook-advice">{t('hook.rangeHint')}</p>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={initial}
        onFinish={(values) => void submit(values)}
      >
        <div className="hook-columns">
          {moment('since')}
          {moment('until')}
        </div>
        {/* Not `required`: a group of boxes may not say so to a screen reader, and antd would have it. */}
        <Form.Item
          name="states"
          label={t('hook.range.states')}
          rules={[{ type: 'array', min: 1, message: t('hook.stateMissing') }]}
        >
          <Checkbox.Group
            aria-label={t('hook.range.states')}
            options={STATES.map((value) => ({ value, label: t(`hookState.${value}`) }))}
          />
        </Form.Item>
        <Form.Item name="missed" valuePropName="checked">
          <Checkbox>{t('hook.range.missed')}</Checkbox>
        </Form.Item>
      </Form>
      <RefusalNote failure={failure} />
      <div role="status">
        {done !== null && (
          <Alert
            type="success"
            showIcon
            title={t(done.more ? 'hook.queuedMore' : 'hook.queued', { count: done.queued })}
          />
        )}
      </div>
    </Modal>
  );
}
