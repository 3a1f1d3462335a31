import type { Priority } from '#domain';
import { useTexts } from './i18n/language.js';

/** Colour, shape and word (ISA-101): nobody has to tell red from orange. */
const SHAPES: Readonly<Record<Priority, string>> = {
  critical: 'M6 1 11.5 11H.5z',
  high: 'M6 .5 11.5 6 6 11.5.5 6z',
  medium: 'M1.5 1.5h9v9h-9z',
  low: 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z',
};

interface Props {
  readonly priority: Priority;
  /** Drawn without its colour: there is nothing of this priority. */
  readonly quiet?: boolean;
}

export function PriorityMark({ priority, quiet = false }: Props) {
  const { t } = useTexts();
  return (
    <span className={`priority ${quiet ? 'priority-quiet' : `priority-${priority}`}`}>
      <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">
        <path d={SHAPES[priority]} fill="currentColor" />
      </svg>
      {t(`priority.${priority}`)}
    </span>
  );
}
