import { LIFT_FIELDS, type LiftValues } from './lift-fields.js';

/** A row of `lift` with its current terminal. */
export type LiftRow = LiftValues & {
  readonly registrationCode: string;
  readonly createdAt: Date;
  readonly version: number;
  readonly terminal: string | null;
  readonly profile: string | null;
  readonly boundAt: Date | null;
};

/** A lift as the API shows it. Times are ISO 8601 in UTC. */
export type LiftView = LiftValues & {
  readonly registrationCode: string;
  readonly createdAt: string;
  /** Counts the changes; the first part of the ETag. */
  readonly version: number;
  /** The terminal in the car now. */
  readonly terminal: { readonly id: string; readonly profile: string; readonly boundAt: string } | null;
};

export function liftView(row: LiftRow): LiftView {
  const { registrationCode, terminal, profile, boundAt } = row;
  const values = Object.fromEntries(LIFT_FIELDS.map((field) => [field, row[field]])) as unknown as LiftValues;
  return {
    registrationCode,
    ...values,
    createdAt: row.createdAt.toISOString(),
    version: row.version,
    terminal:
      terminal !== null && profile !== null && boundAt !== null
        ? { id: terminal, profile, boundAt: boundAt.toISOString() }
        : null,
  };
}
