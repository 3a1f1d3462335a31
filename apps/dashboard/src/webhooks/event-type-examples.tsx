import { Form } from 'antd';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import type { FormValues } from './endpoint-form.js';
import type { EventType } from './webhook-view.js';

/** Of each chosen type, or of all, what it says and how its body looks: from the server's own catalogue. */
export function EventTypeExamples({ types }: { readonly types: readonly EventType[] }) {
  const { t } = useTexts();
  const chosen = Form.useWatch<FormValues['types'] | undefined>('types') ?? [];
  const shown = chosen.length === 0 ? types : types.filter(({ type }) => chosen.includes(type));
  if (types.length === 0) return null;
  return (
    <details className="hook-more">
      <summary>{t('hook.examples', { count: shown.length })}</summary>
      {shown.map(({ type, description, example }) => (
        <details key={type} className="bytes hook-example">
          <summary>
            <code>{type}</code> {nameOf(t, 'hookType', type)}
          </summary>
          <p className="line-small">{description}</p>
          <pre className="hook-pre">{JSON.stringify(example, null, 2)}</pre>
        </details>
      ))}
    </details>
  );
}
