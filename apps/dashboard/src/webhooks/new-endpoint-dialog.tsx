import { Form, Modal } from 'antd';
import { useState } from 'react';
import type { ApiFailure } from '../http.js';
import { useTexts } from '../i18n/language.js';
import { useWork } from '../work.js';
import { EMPTY_FORM, type FormValues, newBodyOf } from './endpoint-form.js';
import { EndpointFormFields } from './endpoint-form-fields.js';
import { RefusalNote } from './refusal-note.js';
import type { NewEndpoint } from './webhook-view.js';

interface Props {
  readonly onMade: (made: NewEndpoint) => void;
  readonly onCancel: () => void;
}

export function NewEndpointDialog({ onMade, onCancel }: Props) {
  const { t } = useTexts();
  const { webhooks, leaveIfUnauthorized } = useWork();
  const [form] = Form.useForm<FormValues>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);

  async function submit(values: FormValues) {
    setBusy(true);
    const answer = await webhooks.create(newBodyOf(values));
    setBusy(false);
    setFailure(answer.ok ? null : answer);
    if (answer.ok) onMade(answer.value);
    else leaveIfUnauthorized(answer);
  }

  return (
    <Modal
      open
      width={720}
      title={t('hook.new')}
      okText={t('hook.create')}
      cancelText={t('close.cancel')}
      confirmLoading={busy}
      onOk={() => form.submit()}
      onCancel={onCancel}
      mask={{ closable: false }}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={EMPTY_FORM}
        scrollToFirstError
        onFinish={(values) => void submit({ ...EMPTY_FORM, ...values })}
      >
        <EndpointFormFields isNew />
      </Form>
      <RefusalNote failure={failure} />
    </Modal>
  );
}
