import { randomInt } from 'node:crypto';
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The caller wrote something we cannot use: one line on stderr, exit 2. */
export class UsageError extends Error {}

/** The command could not do its work: one line on stderr, exit 1. */
export class CommandError extends Error {}

/** One command of the CLI. `run` answers the exit code. */
export interface Command {
  readonly usage: string;
  run(args: readonly string[]): Promise<number>;
}

export type OptionSpec = NonNullable<ParseArgsConfig['options']>;
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

/** Parses `args`; unknown options, missing values and stray words throw a `UsageError` of one line. */
export function parseOptions(
  args: readonly string[],
  options: OptionSpec,
  positionals: readonly string[] = [],
): { values: OptionValues; words: readonly string[] } {
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new UsageError(text.split(/\. |\n/)[0] ?? text);
  }
  const missing = positionals[parsed.positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing`);
  const stray = parsed.positionals[positionals.length];
  if (stray !== undefined) throw new UsageError(`unexpected word '${stray}'`);
  return { values: parsed.values as OptionValues, words: parsed.positionals };
}

/** A text option that must be there. */
export function required(values: OptionValues, name: string): string {
  const value = values[name];
  if (typeof value !== 'string' || value === '') throw new UsageError(`--${name} is missing`);
  return value;
}

export function optional(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** A number option within [min, max]; whole numbers only unless `fraction`. */
export function numberOption(
  values: OptionValues,
  name: string,
  limits: { min: number; max: number; fraction?: boolean },
): number | undefined {
  const text = optional(values, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  const usable = text.trim() !== '' && Number.isFinite(value) && (limits.fraction || Number.isInteger(value));
  if (!usable || value < limits.min || value > limits.max) {
    const sort = limits.fraction ? 'a number' : 'a whole number';
    throw new UsageError(`--${name} ${text}: must be ${sort} from ${limits.min} to ${limits.max}`);
  }
  return value;
}

/** The seed asked for, or a fresh one; callers print it, so that any run can be repeated. */
export function seedOption(values: OptionValues): number {
  return numberOption(values, 'seed', { min: 0, max: 2 ** 32 - 1 }) ?? randomInt(2 ** 32);
}

/** A URL option with one of `protocols` (e.g. `mqtt:`); the trailing slash is dropped. */
export function urlOption(values: OptionValues, name: string, protocols: readonly string[]): string {
  const text = required(values, name);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !protocols.includes(url.protocol) || url.hostname === '') {
    throw new UsageError(
      `--${name} ${text}: must look like ${protocols.map((p) => `${p}//host:port`).join(' or ')}`,
    );
  }
  return text.replace(/\/+$/, '');
}
