import { getMetadataStorage } from 'class-validator';
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import type { AnySchema, JsonSchema } from '#access';
import type { DtoClass } from './route-catalogue.js';

/** The part of a converted schema that is touched here. */
interface ObjectSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
}

/**
 * The JSON Schema of a DTO class, from its class-validator decorators, with the classes nested in it. What
 * the converter loses is put back: null under `@IsOptional`. `root` is where named schemas are kept, such as
 * `#/components/schemas/`. Throws for a nested array, whose class no decorator names at run time.
 */
export function dtoSchema(dto: DtoClass, root: string, unknownFields: 'refused' | 'kept'): AnySchema {
  const { properties, required } = convert(dto, root);
  const optional = optionalFields(dto);
  const fields = Object.entries(properties).map(([field, schema]) => [
    field,
    optional.has(field) ? orNull(schema) : schema,
  ]);
  const nested = nestedClasses(dto).map((each) => dtoSchema(each, root, unknownFields).named);
  const definition = {
    type: 'object',
    properties: Object.fromEntries(fields),
    required,
    ...(unknownFields === 'refused' ? { additionalProperties: false } : {}),
  };
  return {
    json: { $ref: `${root}${dto.name}` },
    named: Object.assign({}, ...nested, { [dto.name]: definition }) as Record<string, JsonSchema>,
  };
}

/** The fields of a query's DTO: text in a URL, so null is none of its values. */
export function queryFields(dto: DtoClass): readonly {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}[] {
  const { properties, required } = convert(dto, '#/');
  const optional = optionalFields(dto);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    schema,
    required: required.includes(name) && !optional.has(name),
  }));
}

function convert(dto: DtoClass, root: string): ObjectSchema {
  const { properties = {}, required = [] } = targetConstructorToSchema(dto, { refPointerPrefix: root });
  const optional = optionalFields(dto);
  return {
    properties: Object.fromEntries(
      Object.entries(properties as ObjectSchema['properties']).map(([field, schema]) => [
        field,
        withoutUnknownClass(schema, root),
      ]),
    ),
    required: required.filter((field) => !optional.has(field)),
  };
}

/** A custom validator says nothing of the type: of a union the converter then refers to a class `Object`. */
function withoutUnknownClass(schema: JsonSchema, root: string): JsonSchema {
  if (schema.$ref !== `${root}Object`) return schema;
  const { $ref: _unknown, ...known } = schema;
  return known;
}

function rulesOf(dto: DtoClass) {
  return getMetadataStorage().getTargetValidationMetadatas(dto, '', true, false);
}

function optionalFields(dto: DtoClass): ReadonlySet<string> {
  return new Set(rulesOf(dto).flatMap((rule) => (rule.name === 'isOptional' ? [rule.propertyName] : [])));
}

function nestedClasses(dto: DtoClass): readonly DtoClass[] {
  return rulesOf(dto).flatMap(({ type, propertyName }) => {
    if (type !== 'nestedValidation') return [];
    const nested: unknown = Reflect.getMetadata('design:type', dto.prototype as object, propertyName);
    if (typeof nested !== 'function' || nested === Array || nested === Object) {
      throw new Error(
        `${dto.name}.${propertyName}: its class is not known at run time; describe it by hand.`,
      );
    }
    return [nested as unknown as DtoClass];
  });
}

function orNull(schema: JsonSchema): JsonSchema {
  if (Object.keys(schema).length === 0) return schema;
  if (typeof schema.type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  const values = Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {};
  return { ...schema, ...values, type: [schema.type, 'null'] };
}
