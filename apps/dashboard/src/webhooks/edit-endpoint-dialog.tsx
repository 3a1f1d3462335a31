import { Alert, Form, Modal } from 'antd';
import { useState } from 'react';
import type { ApiFailure, Tagged } from '../http.js';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import { useWork } from '../work.js';
import { type FormValues, formOf, patchOf, type Rebased, rebase } from './endpoint-form.js';
import { EndpointFormFields } from './endpoint-form-fields.js';
import { RefusalNote } from './refusal-note.js';
import type { Endpoint } from './webhook-view.js';

interface Props {
  readonly read: Tagged<Endpoint>;
  readonly onChanged: (changed: Tagged<Endpoint>) => void;
  readonly onCancel: () => void;
}

type Conflict = Pick<Rebased, 'theirs' | 'clashes'>;

/**
 * Changes what the person changed and nothing else. When somebody else was faster, the form takes their
 * changes over, says which, and waits to be sent again.
 */
export function EditEndpointDialog({ read, onChanged, onCancel }: Props) {
  const { t } = useTexts();
  const { webhooks, leaveIfUnauthorized } = useWork();
  const [form] = Form.useForm<FormValues>();
  const [base, setBase] = useState(read);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);

  async function submit(values: FormValues) {
    const before = formOf(base.value);
    const patch = patchOf(before, values);
    if (Object.keys(patch).length === 0) {
      onCancel();
      return;
    }
    setBusy(true);
    const answer = await webhooks.change(base.value.id, base.tag, patch);
    if (answer.ok) onChanged(answer.value);
    else if (answer.status === 412) await takeOver(before, values);
    else {
      setFailure(answer);
      leaveIfUnauthorized(answer);
    }
    setBusy(false);
  }

  async function takeOver(before: FormValues, values: FormValues) {
    const fresh = await webhooks.read(base.value.id);
    if (!fresh.ok) {
      setFailure(fresh);
      return;
    }
    const rebased = rebase(before, formOf(fresh.value.value), values);
    form.setFieldsValue(rebased.values);
    setBase(fresh.value);
    setConflict(rebased);
    setFailure(null);
  }

  return (
    <Modal
      open
      width={720}
      title={t('hook.edit')}
      okText={t('hook.save')}
      cancelText={t('close.cancel')}
      confirmLoading={busy}
      onOk={() => form.submit()}
      onCancel={onCancel}
      mask={{ closable: false }}
    >
      <div role="alert">{conflict !== null && <ConflictNote conflict={conflict} />}</div>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={formOf(read.value)}
        scrollToFirstError
        onFinish={(values) => void submit({ ...formOf(base.value), ...values })}
      >
        <EndpointFormFields isNew={false} />
      </Form>
      <RefusalNote failure={failure} />
    </Modal>
  );
}

function ConflictNote({ conflict: { theirs, clashes } }: { readonly conflict: Conflict }) {
  const { t } = useTexts();
  const named = (names: readonly string[]) =>
    names.map((name) => nameOf(t, 'hookField', name)).join(t('hook.comma'));
  return (
    <Alert
      type="warning"
      showIcon
      title={t('hook.conflict')}
      description={
        <>
          {theirs.length > 0 && <p className="list-hint">{t('hook.theirs', { fields: named(theirs) })}</p>}
          {clashes.length > 0 && <p className="list-hint">{t('hook.clashes', { fields: named(clashes) })}</p>}
        </>
      }
    />
  );
}
