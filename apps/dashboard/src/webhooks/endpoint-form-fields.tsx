import { Form, Input, InputNumber, Select } from 'antd';
import { useMemo } from 'react';
import { PRIORITY_ORDER } from '../alarm-view.js';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import { type MessageKey, zhCN } from '../i18n/zh-CN.js';
import { useWork } from '../work.js';
import { isDistrict, urlProblem } from './endpoint-form.js';
import { EventTypeExamples } from './event-type-examples.js';
import { useEventTypes } from './use-event-types.js';
import { SIGNATURE_NAMES } from './webhook-view.js';

const KIND_KEYS = (Object.keys(zhCN) as MessageKey[]).filter((key) => key.startsWith('kind.'));
const LABEL_MAX = 100;
const CONCURRENCY_MAX = 32;
const RATE_MAX = 1_000;

/** The fields of a new endpoint or of one that is changed; inside a `Form`. */
export function EndpointFormFields({ isNew }: { readonly isNew: boolean }) {
  const { t } = useTexts();
  return (
    <>
      <Form.Item
        name="label"
        label={t('hookField.label')}
        rules={[{ required: true, whitespace: true, message: t('hook.labelMissing') }]}
      >
        <Input maxLength={LABEL_MAX} placeholder={t('hook.labelHint')} autoFocus />
      </Form.Item>
      <Form.Item
        name="url"
        label={t('hookField.url')}
        extra={t('hook.urlHint')}
        validateTrigger="onBlur"
        rules={[
          {
            validator: (_rule, value: unknown) => {
              const problem = urlProblem(typeof value === 'string' ? value : '');
              if (problem === null) return Promise.resolve();
              return Promise.reject(new Error(t('hook.urlRefused', { why: t(`hookUrl.${problem}`) })));
            },
          },
        ]}
      >
        <Input type="url" inputMode="url" placeholder="https://example.com/liftwarden" />
      </Form.Item>
      {isNew && <FirmField />}
      <TypesField />
      <FilterFields />
      <details className="hook-more">
        <summary>{t('hook.advanced')}</summary>
        <AdvancedFields />
      </details>
    </>
  );
}

/** Only a key that sees every firm may make one for a firm; the server says so to others. */
function FirmField() {
  const { t } = useTexts();
  const { directory, session } = useWork();
  const options = useMemo(
    () => directory.firms.map(({ code, name }) => ({ value: code, label: name })),
    [directory],
  );
  if (session.role === 'firm') return null;
  return (
    <Form.Item name="firm" label={t('hook.forFirm')} extra={t('hook.forFirmHint')} normalize={nothing}>
      <Select<string>
        allowClear
        showSearch={{ optionFilterProp: 'label' }}
        options={[{ value: '', label: t('hook.ownScope') }, ...options]}
      />
    </Form.Item>
  );
}

/** A cleared choice is '' and not undefined. */
function nothing(value: unknown): unknown {
  return value ?? '';
}

function TypesField() {
  const { t } = useTexts();
  const types = useEventTypes();
  return (
    <>
      <Form.Item name="types" label={t('hookField.types')} extra={t('hook.typesHint')}>
        <Select<string[]>
          mode="multiple"
          allowClear
          showSearch={{ optionFilterProp: 'label' }}
          placeholder={t('hook.allTypes')}
          options={types.map(({ type, description }) => {
            const name = nameOf(t, 'hookType', type);
            return { value: type, label: `${name === type ? description : name} (${type})` };
          })}
        />
      </Form.Item>
      <EventTypeExamples types={types} />
    </>
  );
}

function FilterFields() {
  const { t } = useTexts();
  return (
    <div className="hook-columns">
      <Form.Item name="priorities" label={t('hookField.priorities')}>
        <Select<string[]>
          mode="multiple"
          allowClear
          placeholder={t('filter.priority')}
          options={PRIORITY_ORDER.map((value) => ({ value, label: t(`priority.${value}`) }))}
        />
      </Form.Item>
      <Form.Item
        name="district"
        label={t('hookField.district')}
        validateTrigger="onBlur"
        rules={[
          {
            validator: (_rule, value: unknown) =>
              isDistrict(typeof value === 'string' ? value : '')
                ? Promise.resolve()
                : Promise.reject(new Error(t('hook.districtBad'))),
          },
        ]}
      >
        <Input inputMode="numeric" maxLength={12} placeholder={t('hook.districtHint')} />
      </Form.Item>
      <Form.Item name="kinds" label={t('hookField.kinds')} extra={t('hook.kindsHint')} className="hook-wide">
        <Select<string[]>
          mode="multiple"
          allowClear
          showSearch={{ optionFilterProp: 'label' }}
          placeholder={t('filter.kind')}
          options={KIND_KEYS.map((key) => ({ value: key.slice('kind.'.length), label: t(key) }))}
        />
      </Form.Item>
    </div>
  );
}

function AdvancedFields() {
  const { t } = useTexts();
  return (
    <div className="hook-columns">
      <Form.Item
        name="signatures"
        label={t('hookField.signatures')}
        className="hook-wide"
        rules={[{ required: true, message: t('hook.signatureMissing') }]}
      >
        <Select<string[]>
          mode="multiple"
          options={SIGNATURE_NAMES.map((value) => ({ value, label: t(`hookSignature.${value}`) }))}
        />
      </Form.Item>
      <Form.Item
        name="concurrency"
        label={t('hookField.concurrency')}
        rules={[{ required: true, message: t('hook.numberMissing') }]}
      >
        <InputNumber min={1} max={CONCURRENCY_MAX} precision={0} />
      </Form.Item>
      <Form.Item
        name="ratePerSecond"
        label={t('hookField.ratePerSecond')}
        rules={[{ required: true, message: t('hook.numberMissing') }]}
      >
        <InputNumber min={1} max={RATE_MAX} precision={0} />
      </Form.Item>
    </div>
  );
}
