import { useTexts } from '../i18n/language.js';
import type { DeliveryStateName } from './webhook-view.js';

const SIGNS = { pending: '◷', delivered: '✓', failed: '✕', cancelled: '–' } as const;

/** The state by sign, word and colour. */
export function DeliveryMark({ state }: { readonly state: DeliveryStateName }) {
  const { t } = useTexts();
  return (
    <span className={`line hook-delivery hook-delivery-${state}`}>
      <span aria-hidden="true">{SIGNS[state]}</span> {t(`hookState.${state}`)}
    </span>
  );
}
