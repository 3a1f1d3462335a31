import { Button } from 'antd';
import { isClosable, isWaiting } from './alarm-selection.js';
import type { AlarmView } from './alarm-view.js';
import { namesOf } from './alarm-words.js';
import { useTexts } from './i18n/language.js';
import { useWork } from './work.js';

/** What a person can do with an alarm; the same in the table and in the list. */
export interface AlarmHandlers {
  /** Null when the person may not. */
  readonly acknowledge: ((alarm: AlarmView) => void) | null;
  /** Asks for the note first. Null when the person may not. */
  readonly close: ((alarm: AlarmView) => void) | null;
}

interface Props {
  readonly alarm: AlarmView;
  readonly handlers: AlarmHandlers;
  /** Its request is under way. */
  readonly busy: boolean;
}

export function AlarmActions({ alarm, handlers, busy }: Props) {
  const { t } = useTexts();
  const { directory } = useWork();
  const named = namesOf(t, directory, alarm);
  const { acknowledge, close } = handlers;
  return (
    <span className="actions">
      {acknowledge !== null && isWaiting(alarm) && (
        <Button
          type={isClosable(alarm) ? 'default' : 'primary'}
          size="small"
          loading={busy}
          aria-label={t('action.acknowledgeOf', named)}
          onClick={() => acknowledge(alarm)}
        >
          {t('action.acknowledge')}
        </Button>
      )}
      {close !== null && isClosable(alarm) && (
        <Button
          size="small"
          disabled={busy}
          aria-label={t('action.closeOf', named)}
          onClick={() => close(alarm)}
        >
          {t('action.close')}
        </Button>
      )}
    </span>
  );
}
