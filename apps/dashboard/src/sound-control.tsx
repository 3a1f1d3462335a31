import { Button } from 'antd';
import { useTexts } from './i18n/language.js';
import type { SoundView } from './use-sound.js';

/** Says whether a critical alarm can be heard, and changes it. */
export function SoundControl({ sound, calling }: { readonly sound: SoundView; readonly calling: boolean }) {
  const { t } = useTexts();
  if (sound.state === 'unavailable') {
    return <span className="sound-none">{t('sound.unavailable')}</span>;
  }
  const on = sound.state === 'on';
  return (
    <Button
      size="small"
      type={on ? 'default' : 'primary'}
      danger={!on}
      className={on && calling ? 'sound-control sound-calling' : 'sound-control'}
      icon={<Bell on={on} />}
      aria-pressed={on}
      title={t(on ? (calling ? 'sound.calling' : 'sound.onHint') : 'sound.offHint')}
      onClick={on ? sound.disable : sound.enable}
    >
      {t(on ? 'sound.on' : 'sound.enable')}
    </Button>
  );
}

function Bell({ on }: { readonly on: boolean }) {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" className="bell">
      <path d="M2 6h2.8L8.5 3v10L4.8 10H2z" fill="currentColor" />
      {on ? (
        <path
          d="M10.6 5.2a4 4 0 0 1 0 5.6M12.4 3.4a6.5 6.5 0 0 1 0 9.2"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.4"
        />
      ) : (
        <path d="m10.5 6 4 4m0-4-4 4" fill="none" stroke="currentColor" strokeWidth="1.4" />
      )}
    </svg>
  );
}
