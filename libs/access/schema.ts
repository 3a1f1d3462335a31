/**
 * JSON Schemas of what the API answers, held to the TypeScript type by the compiler: `objectOf<AlarmView>`
 * does not compile when a field is missing, superfluous or of another type. Answers are plain objects made by
 * functions, so classes with decorators would be a second, unchecked description of them.
 */
export type JsonSchema = Readonly<Record<string, unknown>>;

declare const SHAPE: unique symbol;

/** A schema as it stands in a document, and the named ones that it refers to. */
export interface AnySchema {
  readonly json: JsonSchema;
  /** By name: they go to `components/schemas`. */
  readonly named: Readonly<Record<string, JsonSchema>>;
}

/** The schema of a `T`, exactly: neither wider nor narrower. */
export interface SchemaOf<T> extends AnySchema {
  readonly [SHAPE]?: (value: T) => T;
}

export type FieldsOf<T> = { readonly [K in keyof T]-?: SchemaOf<T[K]> };

/** A reference is resolved there in the published document. */
export const SCHEMA_PATH = '#/components/schemas/';

function plain<T>(json: JsonSchema, description?: string): SchemaOf<T> {
  return { json: description === undefined ? json : { ...json, description }, named: {} };
}

export function text(description?: string): SchemaOf<string> {
  return plain({ type: 'string' }, description);
}

/** ISO 8601 in UTC. */
export function dateTime(description?: string): SchemaOf<string> {
  return plain({ type: 'string', format: 'date-time' }, description);
}

export function integer(description?: string): SchemaOf<number> {
  return plain({ type: 'integer' }, description);
}

export function number(description?: string): SchemaOf<number> {
  return plain({ type: 'number' }, description);
}

export function flag(description?: string): SchemaOf<boolean> {
  return plain({ type: 'boolean' }, description);
}

export function oneOf<const V extends readonly string[]>(
  values: V,
  description?: string,
): SchemaOf<V[number]> {
  return plain({ type: 'string', enum: values }, description);
}

/** Any JSON object: what is in it is not ours to say. */
export function anyObject(description?: string): SchemaOf<Readonly<Record<string, unknown>>> {
  return plain({ type: 'object' }, description);
}

export function nullable<T>(schema: SchemaOf<T>): SchemaOf<T | null> {
  const { json, named } = schema;
  if (typeof json.type !== 'string') return { json: { anyOf: [json, { type: 'null' }] }, named };
  const values = Array.isArray(json.enum) ? { enum: [...json.enum, null] } : {};
  return { json: { ...json, ...values, type: [json.type, 'null'] }, named };
}

export function listOf<T>(item: SchemaOf<T>, description?: string): SchemaOf<readonly T[]> {
  const { json, named } = plain<readonly T[]>({ type: 'array', items: item.json }, description);
  return { json, named: { ...item.named, ...named } };
}

/** A named object: every field is always there. */
export function objectOf<T>(name: string, fields: FieldsOf<T>): SchemaOf<T> {
  const parts = Object.entries<AnySchema>(fields);
  const definition = {
    type: 'object',
    properties: Object.fromEntries(parts.map(([field, { json }]) => [field, json])),
    required: parts.map(([field]) => field),
  };
  return reference(
    name,
    definition,
    parts.map(([, part]) => part),
  );
}

/** One of several named objects, told apart by what they have. */
export function unionOf<T>(name: string, variants: readonly AnySchema[]): SchemaOf<T> {
  return reference(name, { oneOf: variants.map(({ json }) => json) }, variants);
}

/** `{items, next}`, as every list answers; `name` is that of the page. */
export function pageOfSchema<T>(
  name: string,
  item: SchemaOf<T>,
): SchemaOf<{ readonly items: readonly T[]; readonly next: string | null }> {
  return objectOf(name, {
    items: listOf(item),
    next: nullable(text('Pass it as `cursor` for the next page; null on the last.')),
  });
}

function reference<T>(name: string, definition: JsonSchema, parts: readonly AnySchema[]): SchemaOf<T> {
  const named = Object.assign({}, ...parts.map((part) => part.named)) as Record<string, JsonSchema>;
  return { json: { $ref: `${SCHEMA_PATH}${name}` }, named: { ...named, [name]: definition } };
}
