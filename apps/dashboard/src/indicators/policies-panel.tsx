import { App, Button, Input, Popconfirm, Select } from 'antd';
import { useCallback, useState } from 'react';
import type { ApiResult } from '../http.js';
import { useTexts } from '../i18n/language.js';
import { describeFailure } from '../lists/failure-words.js';
import { Failed } from '../lists/paged-table.js';
import { useWork } from '../work.js';
import { chinaDate } from './period-choice.js';
import type { Policy } from './rule-view.js';
import { useRead } from './use-read.js';

interface Props {
  readonly district: string;
  readonly onChanged: () => void;
}

/** Which published plans hold in a district, and since when. Each target of one is a rule there. */
export function PoliciesPanel({ district, onChanged }: Props) {
  const { t } = useTexts();
  const { indicators, directory } = useWork();
  const { message } = App.useApp();
  const known = useRead(useCallback((signal: AbortSignal) => indicators.policies(signal), [indicators]));
  const here = useRead(
    useCallback(
      (signal: AbortSignal) => indicators.districtPolicies(district, signal),
      [indicators, district],
    ),
  );
  const titleOf = (id: string) => known.value?.find((each) => each.id === id)?.title ?? id;
  const change = async (answer: ApiResult<unknown>) => {
    if (!answer.ok) {
      void message.error(describeFailure(t, answer));
      return;
    }
    here.reload();
    onChanged();
  };
  const failure = here.failure ?? known.failure;
  const held = here.value ?? [];
  return (
    <section className="panel">
      <h2>{t('policies.title', { district: directory.districtName(district) })}</h2>
      {failure !== null && <Failed failure={failure} onRetry={here.reload} />}
      {here.value !== null && held.length === 0 && <p>{t('policies.none')}</p>}
      <ul className="policies">
        {held.map(({ profile, fromOn, toOn }) => (
          <li key={profile}>
            <span className="line-strong">{titleOf(profile)}</span>{' '}
            <span className="line-small digits">
              {toOn === null
                ? t('policies.since', { from: fromOn })
                : t('policies.until', { from: fromOn, to: toOn })}
            </span>{' '}
            <Popconfirm
              title={t('policies.endConfirm')}
              okText={t('policies.end')}
              onConfirm={async () => change(await indicators.endPolicy(district, profile))}
            >
              <Button size="small">{t('policies.end')}</Button>
            </Popconfirm>
          </li>
        ))}
      </ul>
      <NewPolicy
        offered={(known.value ?? []).filter(({ id }) => !held.some(({ profile }) => profile === id))}
        onMade={async (profile, fromOn) => change(await indicators.putPolicy(district, { profile, fromOn }))}
      />
    </section>
  );
}

interface NewProps {
  readonly offered: readonly Policy[];
  readonly onMade: (profile: string, fromOn: string) => Promise<void>;
}

function NewPolicy({ offered, onMade }: NewProps) {
  const { t, language } = useTexts();
  const { clock } = useWork();
  const [profile, setProfile] = useState<string | null>(null);
  const [fromOn, setFromOn] = useState(() => chinaDate(clock.now()));
  const [busy, setBusy] = useState(false);
  const put = async () => {
    if (profile === null) return;
    setBusy(true);
    await onMade(profile, fromOn);
    setBusy(false);
    setProfile(null);
  };
  return (
    <p className="policies-new">
      <Select<string | null>
        className="filter filter-search"
        aria-label={t('policies.profile')}
        placeholder={t('policies.profile')}
        value={profile}
        options={offered.map(({ id, title, placeZh, placeEn }) => ({
          value: id,
          label: `${language === 'en' ? placeEn : placeZh} · ${title}`,
        }))}
        onChange={setProfile}
      />
      <Input
        className="period-day"
        type="date"
        aria-label={t('policies.from')}
        value={fromOn}
        onChange={({ target }) => setFromOn(target.value)}
      />
      <Button disabled={profile === null || fromOn === ''} loading={busy} onClick={() => void put()}>
        {t('policies.put')}
      </Button>
    </p>
  );
}
