import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

type Json = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly required?: boolean;
  readonly schema: Json;
}

export interface Operation {
  readonly path: string;
  readonly method: string;
  readonly parameters: readonly Parameter[];
  /** By status as the document writes it: '200', '4XX'. */
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: Json }>> }>
  >;
}

/** An OpenAPI 3.1 document as a judge of answers. */
export class OpenapiDocument {
  readonly operations: readonly Operation[];
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor(document: Json) {
    addFormats(this.ajv);
    this.ajv.addSchema(closed(document) as Json, 'openapi');
    const paths = document.paths as Readonly<
      Record<string, Readonly<Record<string, Omit<Operation, 'path' | 'method'>>>>
    >;
    this.operations = Object.entries(paths).flatMap(([path, byMethod]) =>
      Object.entries(byMethod).map(([method, { parameters = [], responses }]) => ({
        path,
        method,
        parameters,
        responses,
      })),
    );
  }

  /** What does not fit in an answer; empty if all does. Properties that no schema names do not fit. */
  faultsOf({ path, method, responses }: Operation, status: number, mediaType: string, body: string): string[] {
    const named = [String(status), `${Math.floor(status / 100)}XX`].find((name) => responses[name] !== undefined);
    if (named === undefined) return [`status ${status} is not in the document`];
    const content = responses[named]!.content ?? {};
    if (content[mediaType] === undefined) return [`${status} as ${mediaType} is not in the document`];
    if (!mediaType.endsWith('json')) return [];
    const pointer = ['paths', path, method, 'responses', named, 'content', mediaType, 'schema'];
    const validate = this.validatorOf(`openapi#/${pointer.map(escapePointer).join('/')}`);
    if (validate(JSON.parse(body))) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  private validatorOf($ref: string): ValidateFunction {
    const known = this.compiled.get($ref);
    if (known !== undefined) return known;
    const validate = this.ajv.compile({ $ref });
    this.compiled.set($ref, validate);
    return validate;
  }
}

function escapePointer(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** The same schemas, without room for properties that they do not name. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, closed(part)]));
  const isSchema = 'properties' in copy && 'type' in copy && !('additionalProperties' in copy);
  return isSchema ? { ...copy, additionalProperties: false } : copy;
}
