import { useTexts } from '../i18n/language.js';
import type { Translate } from '../i18n/translate.js';
import { useNow } from '../now.js';
import { describeDuration, formatMoment } from '../time-format.js';
import { short } from './chart-options.js';
import type { LiftNow, LiveReading } from './lift-view.js';
import { stateName } from './series-panel.js';
import { Shaft } from './shaft.js';

/** A terminal sends every 20 to 60 s when nothing happens (DOMAIN §4); after two of them a reading is old. */
const STALE_MS = 120_000;

interface Props {
  readonly now: LiftNow;
  readonly floors: readonly string[];
}

/** The newest reading, drawn and in words, with how old it is. */
export function LiveState({ now: { live, liveAvailable }, floors }: Props) {
  const { t } = useTexts();
  const ageMs = useNow() - (live?.receivedAtMs ?? 0);
  const stale = live !== null && ageMs > STALE_MS;
  const age = describeDuration(ageMs);
  return (
    <section className="panel" aria-labelledby="live-title">
      <h2 id="live-title">{t('live.title')}</h2>
      {!liveAvailable && <p className="live-old">{t('live.unavailable')}</p>}
      {live === null && liveAvailable && <p className="list-empty">{t('live.none')}</p>}
      {live !== null && (
        <>
          <p className={stale ? 'live-old digits' : 'live-age digits'}>
            {t(stale ? 'live.old' : 'live.age', {
              time: formatMoment(live.receivedAtMs),
              duration: t(age.key, age.values),
            })}
          </p>
          <div className="live">
            <Shaft live={live} floors={floors} stale={stale} />
            <dl className="facts">
              {readings(t, live).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          </div>
        </>
      )}
    </section>
  );
}

/** What the terminal says, and "not said" where it does not: never "no". */
function readings(t: Translate, live: LiveReading): readonly (readonly [string, string])[] {
  const state = (field: keyof LiveReading) => {
    const value = live[field];
    return value === null ? t('live.unsaid') : stateName(t, field, String(value));
  };
  const number = (value: number | null, unit: string) =>
    value === null ? t('live.unsaid') : `${short(value)} ${unit}`;
  return [
    [t('field.mode'), state('mode')],
    [t('field.floor'), state('floor')],
    [t('field.moving'), state('moving')],
    [t('field.direction'), state('direction')],
    [t('field.speed'), number(live.speed, 'm/s')],
    [t('field.doorState'), state('doorState')],
    [t('field.inDoorZone'), state('inDoorZone')],
    [t('field.occupied'), state('occupied')],
    [t('field.levelErrorMm'), number(live.levelErrorMm, 'mm')],
    [t('field.loadPercent'), number(live.loadPercent, '%')],
    [t('field.doorLock'), state('doorLock')],
    [t('field.safetyLoop'), state('safetyLoop')],
    [t('field.powerState'), state('powerState')],
  ];
}
