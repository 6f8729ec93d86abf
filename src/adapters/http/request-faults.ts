import type { FastifySchemaValidationError } from 'fastify';

/** Says in words what a validation against a route's schema has found. `known`: the parameters that the route takes. */
export function faultText(faults: readonly FastifySchemaValidationError[], known: readonly string[]): string {
  return [...new Set(faults.map((fault) => textOf(fault, known)))].join('; ');
}

function textOf(
  { keyword, instancePath, params, message = 'cannot be read' }: FastifySchemaValidationError,
  known: readonly string[],
): string {
  const name = instancePath.split('/')[1] ?? 'the request';
  if (keyword === 'additionalProperties') {
    const all = known.length === 0 ? 'this path takes none' : `this path takes ${known.join(', ')}`;
    return `the parameter ${String(params.additionalProperty)} is unknown: ${all}`;
  }
  if (keyword === 'required') return `${String(params.missingProperty)} is missing: add ?${params.missingProperty}=`;
  if (keyword === 'enum') return `${name} must be one of ${[params.allowedValues].flat().join(', ')}`;
  return `${name} ${message}`;
}
