import { STATUS_CODES } from 'node:http';
import { type AnySchema, type JsonSchema, objectOf, type RouteAnswers, SCHEMA_PATH, text } from '#access';
import { dtoSchema, queryFields } from './dto-schema.js';
import type { ApiRoute, RouteInput } from './route-catalogue.js';

type Json = Readonly<Record<string, unknown>>;

/** OpenAPI 3.1: its schemas are JSON Schema 2020-12. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: Json;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Json;
  };
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

const INFO = {
  title: 'Liftwarden',
  version: '1',
  description:
    'Lists answer {items, next}: pass next as cursor, unchanged. Errors are RFC 9457 problem details. ' +
    '429 and 503 carry Retry-After where it is known. What lies outside the scope of a key is not found.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

const SECURITY_SCHEMES = {
  key: { type: 'http', scheme: 'bearer', description: 'An API key, lw_….' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'liftwarden_session',
    description: 'Made by POST /api/v1/session; for browsers.',
  },
  csrf: {
    type: 'apiKey',
    in: 'header',
    name: 'X-CSRF-Token',
    description: 'The csrfToken of the session, for requests by cookie that change something.',
  },
};

const PROBLEM: AnySchema = {
  json: { $ref: `${SCHEMA_PATH}Problem` },
  named: {
    ...objectOf<{ field: string; message: string }>('FieldError', {
      field: text('Path of the field, such as scope.prefix.'),
      message: text(),
    }).named,
    Problem: {
      type: 'object',
      description: 'RFC 9457.',
      properties: {
        type: { type: 'string', format: 'uri' },
        title: { type: 'string', description: 'Names the class of problem and is stable.' },
        status: { type: 'integer' },
        detail: { type: 'string', description: 'What to do about this one, for a person.' },
        instance: { type: 'string', description: 'Path of the request.' },
        errors: { type: 'array', items: { $ref: `${SCHEMA_PATH}FieldError` } },
      },
      required: ['type', 'title', 'status', 'detail'],
    },
  },
};

/** The document of these routes. A route that nobody may call is left out. */
export function openApiOf(routes: readonly ApiRoute[]): OpenApiDocument {
  const schemas: Record<string, JsonSchema> = { ...PROBLEM.named };
  const paths: Record<string, Record<string, Json>> = {};
  const use = (schema: AnySchema): JsonSchema => {
    Object.assign(schemas, schema.named);
    return schema.json;
  };
  for (const route of routes) {
    if (route.access === null) continue;
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, use) };
  }
  return {
    openapi: '3.1.0',
    info: INFO,
    paths,
    components: { schemas: sorted(schemas), securitySchemes: SECURITY_SCHEMES },
  };
}

type Use = (schema: AnySchema) => JsonSchema;

function operationOf(route: ApiRoute, use: Use): Json {
  const tag = route.controller.replace(/Controller$/, '');
  const body = route.inputs.find((input) => input.from === 'body');
  const roles = route.access === null || route.access.public ? null : route.access.roles;
  return {
    operationId: `${tag.charAt(0).toLowerCase()}${tag.slice(1)}${capital(route.handler)}`,
    tags: [tag],
    ...(route.answers === null ? {} : { summary: route.answers.is }),
    security: roles === null ? [] : [{ key: [] }, sessionOf(route.method)],
    ...(roles === null ? {} : { 'x-roles': roles }),
    parameters: route.inputs.flatMap(parametersOf),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: jsonContent(use(dtoSchema(body.dto, SCHEMA_PATH, 'refused'))),
          },
        }),
    responses: responsesOf(route, use),
  };
}

function sessionOf(method: string): Json {
  return SAFE.has(method) ? { session: [] } : { session: [], csrf: [] };
}

function parametersOf(input: RouteInput): readonly Json[] {
  if (input.from === 'body') return [];
  if (input.from === 'query-dto') {
    return queryFields(input.dto).map(({ name, schema, required }) => ({
      name,
      in: 'query',
      required,
      schema,
    }));
  }
  const required = input.from === 'path';
  return [{ name: input.name, in: input.from, required, schema: { type: 'string' } }];
}

function responsesOf(route: ApiRoute, use: Use): Json {
  const { answers, access, inputs } = route;
  const refused = [
    ...(inputs.length > 0 ? [400] : []),
    ...(access?.public ? [] : [401, 403]),
    429,
    ...(access?.public && answers?.body === null ? [] : [503]),
    ...(answers?.refuses ?? []),
  ];
  const problem = { 'application/problem+json': { schema: use(PROBLEM) } };
  const refusals = [...new Set(refused)]
    .sort((a, b) => a - b)
    .map((status) => [String(status), { description: STATUS_CODES[status] ?? 'Refused', content: problem }]);
  return { [String(route.status)]: goodAnswer(route.status, answers, use), ...Object.fromEntries(refusals) };
}

function goodAnswer(status: number, answers: RouteAnswers | null, use: Use): Json {
  const description = STATUS_CODES[status] ?? 'Done';
  if (answers === null) return { description };
  const { body, headers } = answers;
  const headed = Object.entries(headers ?? {}).map(([name, about]) => [
    name,
    { description: about, schema: { type: 'string' } },
  ]);
  const withHeaders = headed.length > 0 ? { headers: Object.fromEntries(headed) } : {};
  if (body === null) return { description, ...withHeaders };
  if ('media' in body) {
    return { description: body.description, ...withHeaders, content: { [body.media]: {} } };
  }
  return { description, ...withHeaders, content: jsonContent(use(body)) };
}

function jsonContent(schema: JsonSchema): Json {
  return { 'application/json': { schema } };
}

function capital(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
