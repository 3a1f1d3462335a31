import type { TransformFnParams } from 'class-transformer';
import { storableText } from '#records';

/** `?state=raised&state=cleared` and `?state=raised,cleared` mean the same. */
export function listOf({ value }: TransformFnParams): unknown {
  if (value === undefined) return undefined;
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  return given.flatMap((part) => (typeof part === 'string' ? part.split(',') : [part]));
}

/** As `listOf`, of texts that PostgreSQL can compare; see `textOf`. */
export function textsOf(params: TransformFnParams): unknown {
  const given = listOf(params);
  return Array.isArray(given) ? given.map((value: unknown) => textOf({ ...params, value })) : given;
}

/** `true` or `false`; anything else is left for the validator to refuse. */
export function flagOf({ value }: TransformFnParams): unknown {
  if (value === 'true') return true;
  return value === 'false' ? false : value;
}

/** PostgreSQL refuses U+0000 in a parameter; what cannot be stored cannot be found. */
export function textOf({ value }: TransformFnParams): unknown {
  return typeof value === 'string' ? storableText(value) : value;
}
