import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { getMetadataStorage } from 'class-validator';
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import { preview } from '../failure.js';
import type { QuarantineReason } from '../message.js';
import {
  EventPayload,
  ReadingEnvelope,
  SnapshotPayload,
  StatusPayload,
  TelemetryPayload,
} from './payloads.js';

/**
 * The decorators for which class-validator and the schema made from it are proved to agree
 * (`native-validators.spec.ts`). The converter silently drops others: custom validators, `ValidateIf`.
 */
export const WIRE_DECORATORS: ReadonlySet<string> = new Set([
  'arrayMaxSize',
  'equals',
  'isArray',
  'isBoolean',
  'isIn',
  'isInt',
  'isNumber',
  'isObject',
  'isOptional',
  'matches',
  'max',
  'min',
]);

/** A class whose instances are plain payloads. */
export type PayloadClass<T extends object> = new () => T;

/** The part of JSON Schema that the wire decorators give. */
export interface PropertySchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly items?: PropertySchema;
}

/** Why a payload is refused: which field, which value, what is allowed. */
export interface PayloadFault {
  readonly reason: QuarantineReason;
  readonly detail: string;
}

/** A payload class compiled for the wire. */
export interface WireValidator<T> {
  /** True when `value` is a valid payload; otherwise ask `explain` before the next call. */
  readonly accepts: (value: unknown) => value is T;
  /** Explains the last refusal. `prefix` names the place of `value` in the message, e.g. `[3]`. */
  readonly explain: (value: unknown, prefix: string) => PayloadFault;
  /** What it is made of. */
  readonly properties: Readonly<Record<string, PropertySchema>>;
  readonly required: readonly string[];
}

export interface NativeValidators {
  readonly telemetry: WireValidator<TelemetryPayload>;
  readonly envelope: WireValidator<ReadingEnvelope>;
  readonly event: WireValidator<EventPayload>;
  readonly snapshot: WireValidator<SnapshotPayload>;
  readonly status: WireValidator<StatusPayload>;
}

/**
 * One for all payload classes: each instance compiles the meta-schema anew, half of what compiling costs.
 * Unions are only ever `[type, 'null']`; strict mode asks for them to be allowed by name.
 */
const ajv = new Ajv({ strict: true, allowUnionTypes: true });
let compiled: NativeValidators | null = null;

/**
 * Compiles the native payload classes; once a process, later calls return the same validators.
 * An app calls it at start so that the first message does not pay for it.
 * @throws Error when a payload class uses a decorator outside `WIRE_DECORATORS` (a programmer's error).
 */
export function compileNativeValidators(): NativeValidators {
  compiled ??= {
    telemetry: compileValidator(TelemetryPayload),
    envelope: compileValidator(ReadingEnvelope),
    event: compileValidator(EventPayload),
    snapshot: compileValidator(SnapshotPayload),
    status: compileValidator(StatusPayload),
  };
  return compiled;
}

/** Compiles one payload class: decorators → JSON Schema → Ajv. Throws as `compileNativeValidators` does. */
export function compileValidator<T extends object>(payload: PayloadClass<T>): WireValidator<T> {
  const optional = optionalFields(payload);
  const converted = targetConstructorToSchema(payload);
  const properties: Record<string, PropertySchema> = {};
  for (const [field, schema] of Object.entries(converted.properties ?? {})) {
    properties[field] = optional.has(field) ? orNull(schema as PropertySchema) : (schema as PropertySchema);
  }
  const required = converted.required ?? [];
  const validate: ValidateFunction<T> = ajv.compile<T>({ type: 'object', properties, required });
  return {
    properties,
    required,
    accepts: (value): value is T => validate(value),
    explain: (value, prefix) => explainError(properties, validate.errors?.[0], value, prefix),
  };
}

/** Fields under `@IsOptional`; throws at a decorator that the schema could not carry. */
function optionalFields(payload: PayloadClass<object>): ReadonlySet<string> {
  const optional = new Set<string>();
  for (const rule of getMetadataStorage().getTargetValidationMetadatas(payload, '', true, false)) {
    const name = rule.name ?? rule.type;
    if (!WIRE_DECORATORS.has(name)) {
      const where = `${payload.name}.${rule.propertyName}`;
      throw new Error(`${where}: decorator ${name} is not proved for the wire; see WIRE_DECORATORS`);
    }
    if (name === 'isOptional') optional.add(rule.propertyName);
  }
  return optional;
}

/** `@IsOptional` lets null pass in class-validator; the converter forgets it. */
function orNull(schema: PropertySchema): PropertySchema {
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return {
    ...schema,
    type: [...types, 'null'],
    ...(schema.enum === undefined ? {} : { enum: [...schema.enum, null] }),
  };
}

function explainError(
  properties: Readonly<Record<string, PropertySchema>>,
  error: ErrorObject | undefined,
  value: unknown,
  prefix: string,
): PayloadFault {
  if (error === undefined) throw new Error('explain was asked about a payload that was accepted');
  const [field, index] = error.instancePath.split('/').slice(1);
  if (error.keyword === 'required') {
    const missing = String(error.params.missingProperty);
    return fault(`${place(prefix, missing)} is missing`, properties[missing]);
  }
  if (field === undefined) {
    const subject = prefix === '' ? 'the payload' : prefix;
    return { reason: 'invalid-payload', detail: `${subject} is ${preview(value)}; allowed: an object` };
  }
  const sent = (value as Readonly<Record<string, unknown>>)[field];
  const name = place(prefix, field);
  if (index !== undefined && Array.isArray(sent)) {
    return fault(`${name}[${index}] is ${preview(sent[Number(index)])}`, properties[field]?.items);
  }
  const { reason, detail } = fault(`${name} is ${preview(sent)}`, properties[field]);
  return { reason: error.keyword === 'maxItems' ? 'too-many-items' : reason, detail };
}

function fault(what: string, schema: PropertySchema | undefined): PayloadFault {
  return { reason: 'invalid-payload', detail: `${what}; allowed: ${allowed(schema ?? {})}` };
}

function place(prefix: string, field: string): string {
  return prefix === '' ? field : `${prefix}.${field}`;
}

/** What a field may hold, in words. */
function allowed(schema: PropertySchema): string {
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  const nullable = types.includes('null') ? ' or null' : '';
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(', ');
  if (schema.description) return schema.description + nullable;
  if (types.includes('boolean')) return `true or false${nullable}`;
  if (types.includes('array')) return `an array of at most ${schema.maxItems}`;
  if (types.includes('object')) return `an object${nullable}`;
  if (schema.pattern !== undefined) return `a string like ${schema.pattern}${nullable}`;
  const number = types.includes('integer') ? 'a whole number' : 'a number';
  return `${number} from ${schema.minimum} to ${schema.maximum}${nullable}`;
}
