import type { ReactNode } from 'react';

export interface FigureColumn<T> {
  readonly key: string;
  readonly title: string;
  readonly render: (item: T) => ReactNode;
  readonly width?: string;
}

interface Props<T> {
  readonly label: string;
  readonly columns: readonly FigureColumn<T>[];
  readonly items: readonly T[];
  readonly rowKey: (item: T) => string;
}

/** A list that came whole, in the look of the paged ones: a table, on a narrow page cards. */
export function FigureTable<T>({ label, columns, items, rowKey }: Props<T>) {
  return (
    <table className="list" aria-label={label}>
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
