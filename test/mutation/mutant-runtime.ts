import Runtime from 'jest-runtime';

/** The mutated file of the run that is under way, compiled. Null for the program as it is. */
interface Served {
  readonly path: string;
  readonly code: string;
}

let served: Served | null = null;

export function serve(file: Served | null): void {
  served = file;
}

type Arguments = ConstructorParameters<typeof Runtime>;

/** jest's module loader, except that one file is served from memory: the working tree stays as it is. */
class MutantRuntime extends Runtime {
  constructor(...args: Arguments) {
    const transformer = args[3];
    const transform = transformer.transform.bind(transformer);
    transformer.transform = (filename, options, source) => {
      if (filename !== served?.path) return transform(filename, options, source);
      return { code: served.code, originalCode: served.code, sourceMapPath: null };
    };
    super(...args);
  }
}

// jest requires the class as the module's `default`; the linter's rule against default exports holds for the program.
module.exports.default = MutantRuntime;
