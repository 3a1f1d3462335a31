import { Button, Input, Select } from 'antd';
import { memo, useMemo, useState } from 'react';
import type { AlarmState, Priority } from '#domain';
import { type AlarmFilter, NO_FILTER, normaliseFilter } from './alarm-selection.js';
import { ALARM_STATE_NAMES, PRIORITY_ORDER } from './alarm-view.js';
import { useTexts } from './i18n/language.js';
import { type MessageKey, zhCN } from './i18n/zh-CN.js';
import { useWork } from './work.js';

const KIND_KEYS = (Object.keys(zhCN) as MessageKey[]).filter((key) => key.startsWith('kind.'));

interface ChoiceProps {
  readonly filter: AlarmFilter;
  readonly onChange: (filter: AlarmFilter) => void;
  readonly districts: readonly { readonly code: string; readonly name: string }[];
  /** Ids of the firms that occur. */
  readonly firms: readonly string[];
}

interface Props extends ChoiceProps {
  readonly shown: number;
  readonly total: number;
}

/** What to show; every choice is undone by one button. */
export function AlarmFilters({ shown, total, ...choice }: Props) {
  const { t } = useTexts();
  const [folded, setFolded] = useState(true);
  return (
    <search className={folded ? 'filters filters-folded' : 'filters'} aria-label={t('filter.label')}>
      <Button
        className="filter-toggle"
        size="small"
        aria-expanded={!folded}
        onClick={() => setFolded(!folded)}
      >
        {t('filter.label')}
      </Button>
      <Choices {...choice} />
      <span className="filter-shown digits">{t('filter.shown', { shown, total })}</span>
    </search>
  );
}

/** Drawn again only when a choice changes: five pickers for each change of a flood took half its drawing. */
const Choices = memo(function Choices({ filter, onChange, districts, firms }: ChoiceProps) {
  const { t } = useTexts();
  const { directory } = useWork();
  const change = (part: Partial<AlarmFilter>) => onChange(normaliseFilter({ ...filter, ...part }));
  const kinds = useMemo(
    () => KIND_KEYS.map((key) => ({ value: key.slice('kind.'.length), label: t(key) })),
    [t],
  );
  return (
    <>
      <Picker<Priority>
        label={t('column.priority')}
        all={t('filter.priority')}
        value={filter.priorities}
        options={PRIORITY_ORDER.map((value) => ({ value, label: t(`priority.${value}`) }))}
        onChange={(priorities) => change({ priorities })}
      />
      <Picker
        wide
        label={t('column.kind')}
        all={t('filter.kind')}
        value={filter.kinds}
        options={kinds}
        onChange={(next) => change({ kinds: next })}
      />
      <Picker
        label={t('column.district')}
        all={t('filter.district')}
        value={filter.districts}
        options={districts.map(({ code, name }) => ({
          value: code,
          label: name === code ? directory.districtName(code) : name,
        }))}
        onChange={(next) => change({ districts: next })}
      />
      <Picker
        label={t('column.firm')}
        all={t('filter.firm')}
        value={filter.firms}
        options={firms.map((id) => ({ value: id, label: directory.firmName(id) }))}
        onChange={(next) => change({ firms: next })}
      />
      <Picker<AlarmState>
        label={t('column.state')}
        all={t('filter.state')}
        value={filter.states}
        options={ALARM_STATE_NAMES.map((value) => ({ value, label: t(`state.${value}`) }))}
        onChange={(states) => change({ states })}
      />
      <Input
        className="filter filter-wide"
        allowClear
        type="search"
        aria-label={t('filter.search')}
        placeholder={t('filter.search')}
        value={filter.search}
        onChange={(event) => change({ search: event.target.value })}
      />
      {filter !== NO_FILTER && (
        <Button size="small" onClick={() => onChange(NO_FILTER)}>
          {t('filter.clear')}
        </Button>
      )}
    </>
  );
});

interface PickerProps<T extends string> {
  readonly label: string;
  /** Shown while nothing is chosen. */
  readonly all: string;
  readonly value: readonly T[];
  readonly options: { value: T; label: string }[];
  readonly onChange: (value: T[]) => void;
  readonly wide?: boolean;
}

function Picker<T extends string>({ label, all, value, options, onChange, wide = false }: PickerProps<T>) {
  return (
    <Select<T[]>
      className={wide ? 'filter filter-wide' : 'filter'}
      mode="multiple"
      allowClear
      maxTagCount="responsive"
      showSearch={{ optionFilterProp: 'label' }}
      aria-label={label}
      placeholder={all}
      value={[...value]}
      options={options}
      onChange={onChange}
    />
  );
}
