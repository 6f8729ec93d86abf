/** A JSON Schema (draft 2020-12 as OpenAPI 3.1 has it), as the routes declare it. */
export type Schema = Readonly<Record<string, unknown>>;
/** Names of the schemas that several answers share. They become the components of the OpenAPI document. */
export type SharedSchema = 'Customer' | 'Explanation' | 'Model' | 'Status' | 'Problem';

export const text = (description: string): Schema => ({ type: 'string', description });
export const flag = (description: string): Schema => ({ type: 'boolean', description });
export const number = (description: string): Schema => ({ type: 'number', description });
export const whole = (description: string): Schema => ({ type: 'integer', description });
export const probability = (description: string): Schema => ({ type: 'number', minimum: 0, maximum: 1, description });
export const instant = (description: string): Schema => ({ type: 'string', format: 'date-time', description });
export const list = (items: Schema, description?: string): Schema => ({
  type: 'array',
  items,
  ...(description === undefined ? {} : { description }),
});
export const oneOf = (values: readonly string[], description: string): Schema => ({
  type: 'string',
  enum: values,
  description,
});
export const shared = (name: SharedSchema): Schema => ({ $ref: `${name}#` });

/** Every property is required, except those of `optional`. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  { description, optional = [] }: { readonly description?: string; readonly optional?: readonly string[] } = {},
): Schema {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    ...(description === undefined ? {} : { description }),
  };
}

/** The same, or null. */
export function nullable(schema: Schema): Schema {
  const withNull = Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {};
  return { ...schema, ...withNull, type: [schema.type, 'null'] };
}
