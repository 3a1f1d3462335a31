import type { SeriesPoint } from '#series';

/** A row of `lift` with its current terminal. */
export interface LiftRow {
  readonly registration_code: string;
  readonly rescue_code: string | null;
  readonly district: string;
  readonly address: string;
  readonly site: string | null;
  readonly firm: string | null;
  readonly created_at: Date;
  readonly terminal: string | null;
  readonly profile: string | null;
  readonly bound_at: Date | null;
}

/** A lift as the API shows it. Times are ISO 8601 in UTC. */
export interface LiftView {
  readonly registrationCode: string;
  readonly rescueCode: string | null;
  readonly district: string;
  readonly address: string;
  readonly site: string | null;
  readonly firm: string | null;
  readonly createdAt: string;
  /** The terminal in the car now. */
  readonly terminal: { readonly id: string; readonly profile: string; readonly boundAt: string } | null;
}

/** The newest sample of a lift. A field is null when the terminal does not say (never "no"). */
export type LiveView = SeriesPoint['sample'] & {
  readonly terminal: string;
  readonly at: string;
  readonly receivedAt: string;
  /** The terminal's clock was more than a day off, so `at` rests on `receivedAt`. */
  readonly clockSuspect: boolean;
};

export function liftView(row: LiftRow): LiftView {
  const { terminal, profile, bound_at } = row;
  return {
    registrationCode: row.registration_code,
    rescueCode: row.rescue_code,
    district: row.district,
    address: row.address,
    site: row.site,
    firm: row.firm,
    createdAt: row.created_at.toISOString(),
    terminal:
      terminal !== null && profile !== null && bound_at !== null
        ? { id: terminal, profile, boundAt: bound_at.toISOString() }
        : null,
  };
}

export function liveView(point: SeriesPoint): LiveView {
  return {
    ...point.sample,
    terminal: point.terminal,
    at: new Date(point.at).toISOString(),
    receivedAt: new Date(point.receivedAt).toISOString(),
    clockSuspect: point.clockSuspect,
  };
}
