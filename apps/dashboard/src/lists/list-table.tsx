import type { ReactNode } from 'react';

export interface Column<T> {
  readonly key: string;
  readonly title: string;
  readonly render: (item: T) => ReactNode;
  /** CSS width; without it the column takes its share of what is left. */
  readonly width?: string;
}

interface Props<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  readonly rowKey: (item: T) => string;
  /** More of it is being read. */
  readonly busy?: boolean;
}

/** Rows as a table; on a narrow page each row is a card. */
export function ListTable<T>({ label, columns, items, rowKey, busy }: Props<T>) {
  return (
    <table className="list" aria-label={label} aria-busy={busy}>
      <thead>
        <tr>
          {columns.map(({ key, title, width }) => (
            <th key={key} scope="col" style={width === undefined ? undefined : { width }}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={rowKey(item)}>
            {columns.map(({ key, title, render }) => (
              <td key={key} data-label={title} className={`cell-${key}`}>
                {render(item)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
