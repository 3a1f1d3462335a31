/** One variable of the environment: the README's table is generated from these and checked. */
export interface Variable<T> {
  /** What it is for, one sentence, with unit and range. */
  readonly description: string;
  /** Shown in the README and parsed when the variable is absent; null = no default. */
  readonly fallback: string | null;
  /** Throws an Error that says what is allowed. */
  readonly parse: (text: string) => T;
}

export type ConfigSchema = Readonly<Record<string, Variable<unknown>>>;

export type Config<S extends ConfigSchema> = {
  readonly [K in keyof S]: S[K] extends Variable<infer T> ? T : never;
};

/** A value that stops the start; its message is one line that names the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Parses the environment once and freezes it. Throws a `ConfigError` that names the first bad variable. */
export function readConfig<const S extends ConfigSchema>(
  schema: S,
  env: Readonly<Record<string, string | undefined>>,
): Config<S> {
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(schema)) {
    const given = env[name];
    const text = given === undefined || given === '' ? variable.fallback : given;
    try {
      values[name] = text === null ? null : variable.parse(text);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ConfigError(`${name} is ${JSON.stringify(withoutPassword(text ?? ''))}: ${why}`);
    }
  }
  return Object.freeze(values) as Config<S>;
}

/** A URL's user and password are not for logs. */
function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//…@');
}

/** A TCP port; 0 asks the system for a free one. */
export function port(description: string, fallback: number): Variable<number> {
  return {
    description,
    fallback: String(fallback),
    parse: (text) => {
      const value = Number(text);
      if (!/^\d{1,5}$/.test(text) || value > 65_535) throw new Error('give a port from 0 to 65535');
      return value;
    },
  };
}

/** Free text of at least one character. */
export function text(description: string, fallback: string): Variable<string> {
  return { description, fallback, parse: (value) => value };
}

/** Text that may be absent. */
export function optionalText(description: string): Variable<string | null> {
  return { description, fallback: null, parse: (value) => value };
}

/** A TCP port that may be absent: then nothing listens. */
export function optionalPort(description: string): Variable<number | null> {
  return { ...port(description, 0), fallback: null };
}

/** One of a fixed set. */
export function oneOf<const T extends readonly string[]>(
  description: string,
  values: T,
  fallback: T[number],
): Variable<T[number]> {
  return {
    description,
    fallback,
    parse: (value) => {
      if (!values.includes(value)) throw new Error(`give one of ${values.join(', ')}`);
      return value;
    },
  };
}

/** A URL of one of the given schemes, or nothing. Its password is never printed. */
export function optionalUrl(description: string, schemes: readonly string[]): Variable<string | null> {
  return {
    description,
    fallback: null,
    parse: (value) => {
      if (!URL.canParse(value) || !schemes.includes(new URL(value).protocol.slice(0, -1))) {
        throw new Error(`give a URL that begins with ${schemes.map((each) => `${each}://`).join(' or ')}`);
      }
      return value;
    },
  };
}
