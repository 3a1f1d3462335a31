import { useEffect, useMemo, useState } from 'react';
import type { FleetApi, Named } from './fleet-api.js';

/** Names behind the codes of districts and firms, of the scope of whoever is signed in. */
export interface Directory {
  readonly districts: readonly Named[];
  readonly firms: readonly Named[];
  /** The name, or the code itself when it has none here. */
  districtName(code: string): string;
  firmName(id: string): string;
}

export function makeDirectory(districts: readonly Named[], firms: readonly Named[]): Directory {
  const districtNames = new Map(districts.map(({ code, name }) => [code, name]));
  const firmNames = new Map(firms.map(({ code, name }) => [code, name]));
  return {
    districts,
    firms,
    districtName: (code) => districtNames.get(code) ?? code,
    firmName: (id) => firmNames.get(id) ?? id,
  };
}

/** Read once at sign-in: they change by the month. Without them the codes are shown. */
export function useDirectory(fleet: FleetApi): Directory {
  const [districts, setDistricts] = useState<readonly Named[]>([]);
  const [firms, setFirms] = useState<readonly Named[]>([]);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    void fleet.names('districts', signal).then((names) => {
      if (!signal.aborted && names.ok) setDistricts(names.value);
    });
    void fleet.names('firms', signal).then((names) => {
      if (!signal.aborted && names.ok) setFirms(names.value);
    });
    return () => leaving.abort();
  }, [fleet]);
  return useMemo(() => makeDirectory(districts, firms), [districts, firms]);
}
