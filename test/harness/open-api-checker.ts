import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { OpenApiDocument } from '#service';
import type { AppAnswer } from './platform-app.js';

type Json = Readonly<Record<string, unknown>>;
type Content = Readonly<Record<string, { readonly schema?: Json }>>;

export interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

/** Holds real answers against a published document. */
export class OpenApiChecker {
  private readonly ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });

  constructor(readonly document: OpenApiDocument) {
    this.ajv.addKeyword('components');
    this.ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    this.ajv.addFormat('date', /^\d{4}-\d\d-\d\d$/);
    this.ajv.addFormat('uri', /^(about:|urn:)/);
    this.ajv.addSchema({ $id: 'api', components: closed(document.components) as Json });
  }

  operation(method: string, path: string): Operation | undefined {
    return this.document.paths[path]?.[method.toLowerCase()] as Operation | undefined;
  }

  /** Compiles a schema as it stands in the document. Throws when it does not compile. */
  validator(schema: Json): ValidateFunction {
    const reference = schema.$ref;
    if (typeof reference !== 'string') return this.ajv.compile(schema);
    const known = this.ajv.getSchema(`api${reference}`);
    if (known === undefined) throw new Error(`${reference} is not in the document`);
    return known as ValidateFunction;
  }

  /** What is wrong with a real answer; empty when it is as documented. */
  faults(operation: Operation, answer: AppAnswer): string[] {
    const response = operation.responses[String(answer.status)];
    if (response === undefined) return [`${answer.status} is not documented`];
    const media = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    if (response.content === undefined)
      return answer.text === '' ? [] : ['has a body that is not documented'];
    const documented = response.content[media];
    if (documented === undefined) return [`${media || 'no media type'} is not documented`];
    if (documented.schema === undefined) return [];
    const validate = this.validator(documented.schema);
    if (validate(JSON.parse(answer.text))) return [];
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  }
}

/** Answers carry no field that is not documented; the published schemas leave room for later ones. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, closed(part)]));
  return 'properties' in schema ? { additionalProperties: false, ...parts } : parts;
}
