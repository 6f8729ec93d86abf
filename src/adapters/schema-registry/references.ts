type Json = Record<string, unknown>;

/**
 * Puts the schemas that an Avro schema refers to in the place of their names, each at its first use: Avro defines a name once. `named` are
 * the referenced schemas by full name, complete themselves.
 */
export function inlineReferences(text: string, named: ReadonlyMap<string, string>): string {
  if (named.size === 0) return text;
  const defined = new Set<string>();
  return JSON.stringify(new Inliner(named, defined).visit(JSON.parse(text), ''));
}

const NAMED_TYPES = new Set<unknown>(['record', 'error', 'enum', 'fixed']);

class Inliner {
  constructor(
    private readonly named: ReadonlyMap<string, string>,
    private readonly defined: Set<string>,
  ) {}

  visit(schema: unknown, namespace: string): unknown {
    if (typeof schema === 'string') return this.name(schema, namespace);
    if (Array.isArray(schema)) return schema.map((branch) => this.visit(branch, namespace));
    if (typeof schema !== 'object' || schema === null) return schema;
    const given = schema as Json;
    if (!NAMED_TYPES.has(given.type)) {
      const { type, items, values } = given;
      return {
        ...given,
        ...(typeof type === 'object' ? { type: this.visit(type, namespace) } : {}),
        ...(items === undefined ? {} : { items: this.visit(items, namespace) }),
        ...(values === undefined ? {} : { values: this.visit(values, namespace) }),
      };
    }
    const fullName = qualified(String(given.name), String(given.namespace ?? namespace));
    this.defined.add(fullName);
    if (!Array.isArray(given.fields)) return given;
    const inner = fullName.split('.').slice(0, -1).join('.');
    return { ...given, fields: given.fields.map((field: Json) => ({ ...field, type: this.visit(field.type, inner) })) };
  }

  /** A name: that of a reference is replaced by its schema, unless an earlier use has defined it. */
  private name(name: string, namespace: string): unknown {
    const fullName = [qualified(name, namespace), name].find((each) => this.named.has(each));
    if (fullName === undefined || this.defined.has(fullName)) return fullName ?? name;
    this.defined.add(fullName);
    // An empty namespace, so that the referenced schema's own names do not get the outer one.
    const schema = this.visit(JSON.parse(this.named.get(fullName) as string), '');
    return typeof schema === 'object' && schema !== null && !('namespace' in schema)
      ? { ...schema, namespace: '' }
      : schema;
  }
}

function qualified(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}
