import { Button } from 'antd';
import { liftName } from './alarm-fields.js';
import { isClosable, isWaiting } from './alarm-selection.js';
import type { AlarmView } from './alarm-view.js';
import { useTexts } from './i18n/language.js';
import { nameOf } from './i18n/translate.js';

/** What a person can do with an alarm; the same in the table and in the list. */
export interface AlarmHandlers {
  readonly acknowledge: (alarm: AlarmView) => void;
  /** Asks for the note first. */
  readonly close: (alarm: AlarmView) => void;
  /** Alarms whose request is under way. */
  readonly busy: ReadonlySet<string>;
}

interface Props {
  readonly alarm: AlarmView;
  readonly handlers: AlarmHandlers;
}

export function AlarmActions({ alarm, handlers }: Props) {
  const { t } = useTexts();
  const named = { kind: nameOf(t, 'kind', alarm.kind), lift: liftName(t, alarm) };
  const busy = handlers.busy.has(alarm.id);
  return (
    <span className="actions">
      {isWaiting(alarm) && (
        <Button
          type={isClosable(alarm) ? 'default' : 'primary'}
          size="small"
          loading={busy}
          aria-label={t('action.acknowledgeOf', named)}
          onClick={() => handlers.acknowledge(alarm)}
        >
          {t('action.acknowledge')}
        </Button>
      )}
      {isClosable(alarm) && (
        <Button
          size="small"
          disabled={busy}
          aria-label={t('action.closeOf', named)}
          onClick={() => handlers.close(alarm)}
        >
          {t('action.close')}
        </Button>
      )}
    </span>
  );
}
