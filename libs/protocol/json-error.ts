/**
 * Where JSON stops being JSON. V8's own message names a position for some errors only, and differs by
 * version.
 */
export interface JsonError {
  /** Index of the first character that cannot belong to JSON; the text's length when it ends too early. */
  readonly position: number;
  readonly expected: string;
}

type Expected = 'a value' | 'a value or ]' | 'a key' | 'a key or }' | ':' | ', or }' | ', or ]' | 'the end';
type Opened = '{' | '[';
type Step = { readonly at: number; readonly expected: Expected } | JsonError;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\n\r]*/y;
const LITERALS = ['true', 'false', 'null'] as const;

/**
 * Finds the first error of a text that is not JSON (RFC 8259); null when it is JSON. Only for texts that
 * `JSON.parse` refused: it is far slower. Iterative, because a refused text may open 64 Ki brackets.
 */
export function findJsonError(text: string): JsonError | null {
  const opened: Opened[] = [];
  let expected: Expected = 'a value';
  let at = endOf(SPACE, text, 0);
  while (at < text.length) {
    const step = next(text, at, expected, opened);
    if ('position' in step) return step;
    expected = step.expected;
    at = endOf(SPACE, text, step.at);
  }
  return expected === 'the end' ? null : { position: text.length, expected };
}

/** Reads one token at `at`, or says what was expected there. */
function next(text: string, at: number, expected: Expected, opened: Opened[]): Step {
  const char = text[at];
  switch (expected) {
    case 'a value':
      return value(text, at, expected, opened);
    case 'a value or ]':
      return char === ']' ? close(at, opened) : value(text, at, expected, opened);
    case 'a key or }':
    case 'a key':
      if (char === '}' && expected === 'a key or }') return close(at, opened);
      return char === '"' ? string(text, at, ':') : { position: at, expected };
    case ':':
      return char === ':' ? { at: at + 1, expected: 'a value' } : { position: at, expected };
    case ', or }':
      if (char === ',') return { at: at + 1, expected: 'a key' };
      return char === '}' ? close(at, opened) : { position: at, expected };
    case ', or ]':
      if (char === ',') return { at: at + 1, expected: 'a value' };
      return char === ']' ? close(at, opened) : { position: at, expected };
    case 'the end':
      return { position: at, expected };
  }
}

function value(text: string, at: number, expected: Expected, opened: Opened[]): Step {
  const char = text[at];
  if (char === '{' || char === '[') {
    opened.push(char);
    return { at: at + 1, expected: char === '{' ? 'a key or }' : 'a value or ]' };
  }
  if (char === '"') return string(text, at, after(opened));
  for (const literal of LITERALS) {
    if (text.startsWith(literal, at)) return { at: at + literal.length, expected: after(opened) };
  }
  const end = endOf(NUMBER, text, at);
  return end === at ? { position: at, expected } : { at: end, expected: after(opened) };
}

function string(text: string, from: number, expected: Expected): Step {
  let at = from + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return { at: at + 1, expected };
    if (code < 0x20) return { position: at, expected: 'a control character written as an escape' };
    const end = code === 0x5c ? endOf(ESCAPE, text, at) : at + 1;
    if (end === at) return { position: at, expected: 'a valid escape' };
    at = end;
  }
  return { position: at, expected: 'a closing "' };
}

function close(at: number, opened: Opened[]): Step {
  opened.pop();
  return { at: at + 1, expected: after(opened) };
}

/** What may follow a complete value. */
function after(opened: readonly Opened[]): Expected {
  const last = opened.at(-1);
  if (last === undefined) return 'the end';
  return last === '{' ? ', or }' : ', or ]';
}

/** End of what the sticky `pattern` matches at `at`; `at` itself when it matches nothing. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
