type Row = Record<string, unknown>;

export interface ReadLine {
  readonly measurement: string;
  readonly tags: Row;
  readonly fields: Row;
  readonly types: Row;
  readonly time: string;
}

/** An independent reader of line protocol, by its specification: a scanner with escapes and quotes. */
export function readLine(line: string): ReadLine {
  const parts: string[][] = [[]];
  let part = '';
  let quoted = false;
  for (let index = 0; index < line.length; index++) {
    const character = line[index] ?? '';
    const next = line[index + 1] ?? '';
    const escapes = quoted ? '"\\' : ' ,=';
    if (character === '\\' && escapes.includes(next) && next !== '') {
      part += `\u{F0000}${next}`;
      index++;
      continue;
    }
    if (parts.length === 2 && character === '"') quoted = !quoted;
    if (!quoted && character === '\n') throw new Error('the line ends early');
    if (!quoted && (character === ' ' || character === ',')) {
      parts.at(-1)?.push(part);
      part = '';
      if (character === ' ') parts.push([]);
    } else {
      part += character;
    }
  }
  parts.at(-1)?.push(part);
  if (parts.length !== 3) throw new Error(`the line has ${parts.length} parts`);
  const [head = [], body = [], [time = ''] = []] = parts;
  const [measurement = '', ...tags] = head;
  const pairs = (list: string[]) =>
    list.map((pair) => {
      const equals = /(?<!\u{F0000})=/u.exec(pair)?.index ?? -1;
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
    });
  const plain = (text: string) => text.replace(/\u{F0000}/gu, '');
  const values = pairs(body).map(([name, raw]) => [name, ...typedValue(raw, plain)] as const);
  return {
    measurement,
    tags: Object.fromEntries(pairs(tags).map(([name, value]) => [name, plain(value)])),
    fields: Object.fromEntries(values.map(([name, value]) => [name, value])),
    types: Object.fromEntries(values.map(([name, , type]) => [name, type])),
    time,
  };
}

function typedValue(raw: string, plain: (text: string) => string): readonly [unknown, string] {
  if (raw.startsWith('"')) return [plain(raw.slice(1, -1)), 'string'];
  if (raw === 'true' || raw === 'false') return [raw === 'true', 'boolean'];
  if (/^-?\d+i$/.test(raw)) return [Number(raw.slice(0, -1)), 'integer'];
  return [Number(raw), 'float'];
}
