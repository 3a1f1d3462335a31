import { useCallback, useState } from 'react';
import type { FaultView } from '../fault-view.js';
import type { ApiResult } from '../http.js';
import { useTexts } from '../i18n/language.js';
import { nameOf } from '../i18n/translate.js';
import { describeFailure } from '../lists/failure-words.js';
import { useWork } from '../work.js';
import { evidenceHref } from './finding-links.js';
import type { FindingView } from './finding-view.js';
import type { PeriodChoice } from './period-choice.js';
import { chinaTime } from './row-words.js';
import { useRead } from './use-read.js';

interface Props {
  readonly found: FindingView;
  readonly period: PeriodChoice;
}

/** What a finding rests on; faults are read when it is opened, and not with the list. */
export function FindingRows({ found, period }: Props) {
  const { t } = useTexts();
  const [open, setOpen] = useState(false);
  const href = evidenceHref(found, period);
  return (
    <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t('findings.showRows', { count: found.count })}</summary>
      {open && href === null && <Faults found={found} />}
      {open && href !== null && (
        <>
          <ul className="rule-states">
            {found.rows.map((row) => (
              <li key={row} className="line-small line-wraps digits">
                {row}
              </li>
            ))}
          </ul>
          <a className="line line-small" href={href}>
            {t('findings.toRows')}
          </a>
        </>
      )}
      {open && found.count > found.rows.length && (
        <p className="line-small">{t('findings.firstRows', { count: found.rows.length })}</p>
      )}
    </details>
  );
}

function Faults({ found }: Pick<Props, 'found'>) {
  const { t } = useTexts();
  const { fleet } = useWork();
  const { rows } = found;
  const faults = useRead(
    useCallback(
      async (signal: AbortSignal): Promise<ApiResult<readonly FaultView[]>> => {
        const answers = await Promise.all(rows.map((id) => fleet.fault(id, signal)));
        const failed = answers.find((answer) => !answer.ok);
        if (failed !== undefined) return failed;
        return { ok: true, value: answers.flatMap((answer) => (answer.ok ? [answer.value] : [])) };
      },
      [fleet, rows],
    ),
  );
  if (faults.failure !== null) return <p className="line-small">{describeFailure(t, faults.failure)}</p>;
  if (faults.value === null) return <p className="line-small">{t('list.loading')}</p>;
  return (
    <ul className="rule-states">
      {faults.value.map((fault) => (
        <li key={fault.id}>
          <span className="line line-strong">{nameOf(t, 'kind', fault.kind)}</span>
          <span className="line line-small digits">{chinaTime(fault.raisedAtMs)}</span>
          <span className="line line-small line-wraps">
            {nameOf(t, 'evidence', fault.evidence)} ·{' '}
            {fault.clearReason === null
              ? t(`faultState.${fault.state}`)
              : nameOf(t, 'reason', fault.clearReason)}
          </span>
          <span className="line line-small line-wraps digits">{fault.id}</span>
        </li>
      ))}
    </ul>
  );
}
