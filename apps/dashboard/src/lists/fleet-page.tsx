import { Input, Select } from 'antd';
import { useCallback, useMemo } from 'react';
import type { AlarmView } from '../alarm-view.js';
import type { Named } from '../fleet-api.js';
import { useTexts } from '../i18n/language.js';
import type { LiftView } from '../lift/lift-view.js';
import { liftHref, type Place } from '../router.js';
import { useWork } from '../work.js';
import type { Column } from './list-table.js';
import { OpenAlarms } from './open-alarms.js';
import { ListHead, PagedTable } from './paged-table.js';
import { usePages } from './use-pages.js';
import { useSearch } from './use-search.js';

interface Props {
  readonly place: Place;
  readonly alarms: ReadonlyMap<string, AlarmView>;
}

/** Every lift of the scope, searched by the server. */
export function FleetPage({ place, alarms }: Props) {
  const { t } = useTexts();
  const { fleet, directory } = useWork();
  const { shown, settled, change } = useSearch(place, { q: '', district: '', firm: '' });
  const { q, district, firm } = settled;
  const read = useCallback(
    (cursor: string | null, signal: AbortSignal) =>
      fleet.lifts({ q: q.trim(), district: district || null, firm: firm || null }, cursor, signal),
    [fleet, q, district, firm],
  );
  const pages = usePages(read);
  const open = useMemo(() => openByLift(alarms), [alarms]);
  const columns = useMemo<Column<LiftView>[]>(
    () => [
      {
        key: 'lift',
        title: t('column.lift'),
        width: '15.5rem',
        render: (lift) => <LiftLink lift={lift} none={t('lift.noRescueCode')} />,
      },
      { key: 'address', title: t('column.address'), render: (lift) => <Address lift={lift} /> },
      {
        key: 'firm',
        title: t('column.firm'),
        render: ({ firm: id }) => (id === null ? '—' : directory.firmName(id)),
      },
      {
        key: 'terminal',
        title: t('column.terminal'),
        width: '11rem',
        render: ({ terminal }) => (terminal === null ? t('lift.noTerminal') : <Terminal {...terminal} />),
      },
      {
        key: 'open',
        title: t('column.openAlarms'),
        width: '11rem',
        render: ({ code }) => <OpenAlarms alarms={open.get(code) ?? []} />,
      },
    ],
    [t, directory, open],
  );
  return (
    <div className="page">
      <ListHead title={t('nav.lifts')} hint={t('lifts.hint')} pages={pages}>
        <Input
          className="filter filter-search"
          allowClear
          type="search"
          maxLength={100}
          aria-label={t('lifts.search')}
          placeholder={t('lifts.search')}
          value={shown.q}
          onChange={(event) => change({ q: event.target.value })}
        />
        <NamePicker
          label={t('column.district')}
          all={t('filter.district')}
          names={directory.districts}
          value={shown.district}
          onChange={(next) => change({ district: next })}
        />
        <NamePicker
          label={t('column.firm')}
          all={t('filter.firm')}
          names={directory.firms}
          value={shown.firm}
          onChange={(next) => change({ firm: next })}
        />
      </ListHead>
      <PagedTable
        label={t('nav.lifts')}
        columns={columns}
        pages={pages}
        rowKey={(lift) => lift.code}
        empty={t('lifts.empty')}
      />
    </div>
  );
}

function LiftLink({ lift, none }: { readonly lift: LiftView; readonly none: string }) {
  return (
    <>
      <a className="line line-strong digits" href={liftHref(lift.code)}>
        {lift.rescueCode ?? none}
        <span className="visually-hidden"> {lift.address}</span>
      </a>
      <span className="line line-small digits code">{lift.code}</span>
    </>
  );
}

function Address({ lift }: { readonly lift: LiftView }) {
  const { directory } = useWork();
  const place = [lift.site, directory.districtName(lift.district)]
    .filter((part) => part !== null)
    .join(' · ');
  return (
    <>
      <span className="line line-wraps">{lift.address}</span>
      <span className="line line-small">{place}</span>
    </>
  );
}

function Terminal({ id, profile }: { readonly id: string; readonly profile: string }) {
  return (
    <>
      <span className="line digits">{id}</span>
      <span className="line line-small">{profile}</span>
    </>
  );
}

interface NamePickerProps {
  readonly label: string;
  readonly all: string;
  readonly names: readonly Named[];
  readonly value: string;
  readonly onChange: (code: string) => void;
}

function NamePicker({ label, all, names, value, onChange }: NamePickerProps) {
  const options = useMemo(
    () => names.map(({ code, name }) => ({ value: code, label: `${name} ${code}` })),
    [names],
  );
  return (
    <Select<string | null>
      className="filter"
      allowClear
      showSearch={{ optionFilterProp: 'label' }}
      aria-label={label}
      placeholder={all}
      value={value || null}
      options={options}
      onChange={(next) => onChange(next ?? '')}
    />
  );
}

function openByLift(alarms: ReadonlyMap<string, AlarmView>): ReadonlyMap<string, AlarmView[]> {
  const open = new Map<string, AlarmView[]>();
  for (const alarm of alarms.values()) {
    if (alarm.state === 'closed' || alarm.lift === null) continue;
    const held = open.get(alarm.lift);
    if (held === undefined) open.set(alarm.lift, [alarm]);
    else held.push(alarm);
  }
  return open;
}
