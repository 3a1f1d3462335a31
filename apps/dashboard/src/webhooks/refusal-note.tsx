import { Alert } from 'antd';
import type { ApiFailure } from '../http.js';
import { useTexts } from '../i18n/language.js';
import { describeRefusal } from './webhook-words.js';

/** Why a change was not made, where it was asked for. */
export function RefusalNote({ failure }: { readonly failure: ApiFailure | null }) {
  const { t } = useTexts();
  return (
    <div role="alert">
      {failure !== null && <Alert type="error" showIcon title={describeRefusal(t, failure)} />}
    </div>
  );
}
