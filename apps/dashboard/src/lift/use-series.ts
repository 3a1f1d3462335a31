import { useEffect, useState } from 'react';
import type { ApiFailure } from '../http.js';
import { useWork } from '../work.js';
import type { Series, SeriesField } from './series-view.js';
import type { Window } from './series-window.js';

/** Buckets asked for: about one for two pixels of a wide chart. */
const POINTS = 500;

export interface SeriesRead {
  /** In the order of the fields asked for; those that have come. */
  readonly series: readonly Series[];
  readonly window: Window;
  readonly loading: boolean;
  /** Of the first field that could not be read. */
  readonly failure: ApiFailure | null;
}

/**
 * The series of a lift's fields over `window`, or none while that is null. What was read stays until new ones
 * come.
 */
export function useSeries(
  code: string,
  fields: readonly SeriesField[],
  window: Window | null,
): SeriesRead | null {
  const { fleet, leaveIfUnauthorized } = useWork();
  const [read, setRead] = useState<SeriesRead | null>(null);
  useEffect(() => {
    if (window === null || fields.length === 0) {
      setRead(null);
      return;
    }
    const leaving = new AbortController();
    setRead((held) => held && { ...held, loading: true });
    const asked = fields.map((field) =>
      fleet.series(code, { field, ...window, points: POINTS }, leaving.signal),
    );
    void Promise.all(asked).then((answers) => {
      if (leaving.signal.aborted) return;
      const failure = answers.find((answer) => !answer.ok) ?? null;
      if (failure !== null && !failure.ok) leaveIfUnauthorized(failure);
      setRead({
        series: answers.flatMap((answer) => (answer.ok ? [answer.value] : [])),
        window,
        loading: false,
        failure: failure === null || failure.ok ? null : failure,
      });
    });
    return () => leaving.abort();
  }, [fleet, code, fields, window, leaveIfUnauthorized]);
  return read;
}
