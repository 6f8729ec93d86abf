import type { FastifyInstance } from 'fastify';

/** Every route that was added after this: what exists where a request finds nothing. */
export class KnownRoutes {
  private readonly methods = new Map<string, Set<string>>();

  private readonly shown = new Set<string>();

  constructor(app: FastifyInstance) {
    app.addHook('onRoute', ({ url, method, schema }) => {
      if (schema?.hide !== true) this.shown.add(url.replace(/:(\w+)/g, '{$1}'));
      const known = this.methods.get(url) ?? new Set();
      for (const name of [method].flat()) known.add(name);
      this.methods.set(url, known);
    });
  }

  /** The paths of the OpenAPI document. */
  get paths(): string[] {
    return [...this.shown];
  }

  /** The pattern that a path fits, whatever the method. undefined if there is none. */
  patternOf(path: string): string | undefined {
    const parts = path.split('/');
    return [...this.methods.keys()].find((pattern) => {
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
