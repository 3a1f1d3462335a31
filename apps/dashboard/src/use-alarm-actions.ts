import { App } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import type { AlarmView } from './alarm-view.js';
import { namesOf } from './alarm-words.js';
import type { ApiFailure, ApiResult } from './api-client.js';
import { useTexts } from './i18n/language.js';
import type { AlarmFeedView } from './use-alarm-feed.js';
import { useWork } from './work.js';

/** An error stays long enough to be read by somebody who was looking elsewhere; seconds. */
const ERROR_SHOWN_S = 10;

export interface AlarmActionsView {
  readonly busy: ReadonlySet<string>;
  /** True when the server did it. */
  readonly acknowledge: (alarm: AlarmView) => Promise<boolean>;
  readonly close: (alarm: AlarmView, note: string) => Promise<boolean>;
  /** Says why a request failed; a refused key leads back to sign-in. */
  readonly tell: (failure: ApiFailure) => void;
}

/** Sends what a person decides, and tells them what came of it. */
export function useAlarmActions(feed: AlarmFeedView, onUnauthorized: () => void): AlarmActionsView {
  const { t } = useTexts();
  const { directory } = useWork();
  const { message } = App.useApp();
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const { api, apply, refresh } = feed;

  const tell = useCallback(
    (failure: ApiFailure) => {
      if (failure.reason === 'unauthorized') {
        onUnauthorized();
        return;
      }
      const said = failure.detail ?? t('action.status', { status: failure.status ?? '' });
      if (failure.reason === 'conflict') {
        const detail = failure.detail ?? t('action.conflictUnsaid');
        void message.warning(t('action.conflict', { detail }), ERROR_SHOWN_S);
      } else if (failure.reason === 'unreachable') void message.error(t('action.unreachable'), ERROR_SHOWN_S);
      else void message.error(t('action.failed', { detail: said }), ERROR_SHOWN_S);
    },
    [message, t, onUnauthorized],
  );

  const run = useCallback(
    async (
      alarm: AlarmView,
      done: 'action.acknowledged' | 'action.closed',
      send: () => Promise<ApiResult<AlarmView | null>>,
    ) => {
      setBusy((held) => new Set(held).add(alarm.id));
      const answer = await send();
      setBusy((held) => new Set([...held].filter((id) => id !== alarm.id)));
      if (answer.ok) {
        if (answer.value !== null) apply(answer.value);
        void message.success(t(done, namesOf(t, directory, alarm)));
        return true;
      }
      tell(answer);
      // After a refusal or a lost answer the row may not be what the person believes.
      if (answer.reason !== 'unauthorized') void refresh(alarm.id);
      return false;
    },
    [apply, refresh, message, t, directory, tell],
  );

  // Stable while alarms change, so that the rows they are handed to need not be drawn again.
  const verbs = useMemo(
    () => ({
      tell,
      acknowledge: (alarm: AlarmView) => run(alarm, 'action.acknowledged', () => api.acknowledge(alarm.id)),
      close: (alarm: AlarmView, note: string) => run(alarm, 'action.closed', () => api.close(alarm.id, note)),
    }),
    [tell, run, api],
  );
  return useMemo(() => ({ busy, ...verbs }), [busy, verbs]);
}
