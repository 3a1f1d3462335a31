/** What the platform answers to an import. */
export interface ImportReport {
  readonly rows: number;
  readonly registered: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly refused: number;
  readonly ignoredColumns: readonly string[];
  readonly errors: readonly {
    readonly line: number;
    readonly column: string | null;
    readonly code: string;
    readonly message: string;
  }[];
  readonly errorsTotal: number;
  readonly stopped: { readonly code: string; readonly message: string } | null;
}

/** A report for a person: each error by line and column, the sum last. */
export function reportLines(report: ImportReport): readonly string[] {
  const { rows, registered, changed, unchanged, refused, ignoredColumns, errors, errorsTotal, stopped } =
    report;
  return [
    ...errors.map(({ line, column, code, message }) => {
      const place = column === null ? `line ${line}` : `line ${line}, ${column}`;
      return `${place}: ${message} [${code}]`;
    }),
    ...(errorsTotal > errors.length ? [`… and ${errorsTotal - errors.length} more errors`] : []),
    ...(ignoredColumns.length > 0 ? [`columns not read: ${ignoredColumns.join(', ')}`] : []),
    ...(stopped === null ? [] : [`stopped before the end: ${stopped.message} [${stopped.code}]`]),
    `${rows} rows: ${registered} new, ${changed} changed, ${unchanged} unchanged, ${refused} refused`,
  ];
}
