import type { FastifyInstance } from 'fastify';

/** Every route that was added after this: what exists where a request finds nothing. */
export class KnownRoutes {
  private readonly methods = new Map<string, Set<string>>();

  constructor(app: FastifyInstance) {
    app.addHook('onRoute', ({ url, method }) => {
      const known = this.methods.get(url) ?? new Set();
      for (const name of [method].flat()) known.add(name);
      this.methods.set(url, known);
    });
  }

  /** E.g. '/v1/customers/:id'. */
  get patterns(): string[] {
    return [...this.methods.keys()];
  }

  /** The pattern that a path fits, whatever the method. undefined if there is none. */
  patternOf(path: string): string | undefined {
    const parts = path.split('/');
    return this.patterns.find((pattern) => {
      const expected = pattern.split('/');
      return (
        expected.length === parts.length &&
        expected.every((part, i) => (part.startsWith(':') ? parts[i] !== '' : part === parts[i]))
      );
    });
  }

  methodsOf(pattern: string): string[] {
    return [...(this.methods.get(pattern) ?? [])].sort();
  }
}
