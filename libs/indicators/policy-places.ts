import { type Document, isMap, isNode, isScalar, type LineCounter } from 'yaml';

/** Steps into a document: names of properties and indexes of list entries. */
export type PolicyPath = readonly (string | number)[];

/** Where something stands in a file, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The steps of a JSON pointer such as `/indicators/2/target`, read in `document`. */
export function stepsOf(document: Document, pointer: string): PolicyPath {
  const steps: (string | number)[] = [];
  for (const raw of pointer.split('/').slice(1)) {
    const name = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    steps.push(isMap(document.getIn(steps, true)) || !/^\d+$/.test(name) ? name : Number(name));
  }
  return steps;
}

/** `/indicators/2/target`; the whole file is `/`. */
export function pointerOf(path: PolicyPath): string {
  return `/${path.map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
}

/**
 * Where the value at `path` stands; for what is not there, where its nearest parent does. `atKey` gives the
 * property's name instead of its value.
 */
export function placeOf(document: Document, lines: LineCounter, path: PolicyPath, atKey = false): Place {
  const key = atKey ? keyOffset(document, path) : null;
  if (key !== null) return placeAt(lines, key);
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return placeAt(lines, node.range[0]);
  }
  return { line: 1, column: 1 };
}

/** Where a character offset stands. */
export function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  // Before the first line break the counter says line 0.
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function keyOffset(document: Document, path: PolicyPath): number | null {
  const parent = document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return null;
  const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
  return isScalar(pair?.key) ? (pair.key.range?.[0] ?? null) : null;
}
