/** A replacement of one stretch of a source text, before it has a name. */
export interface Edit {
  /** What kind of fault this is, e.g. `boundary`. */
  readonly operator: string;
  /** Half-open range of UTF-16 code units. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** Name of the nearest enclosing function or script; '' at the top level. */
  readonly scope: string;
}

/** One small fault in one source file. */
export interface Mutant extends Edit {
  /** From the root of the repository. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /**
   * Stays the same while the line, its function and its file keep their text and names. Line numbers are no part of it, so that
   * `equivalent.jsonl` survives changes elsewhere in the file.
   */
  readonly key: string;
}

export function mutated(source: string, { start, end, replacement }: Edit): string {
  return source.slice(0, start) + replacement + source.slice(end);
}

const LONGEST = 60;

function shortened(text: string): string {
  const flat = text.replace(/\s+/g, ' ');
  return flat.length <= LONGEST ? flat : `${flat.slice(0, LONGEST - 1)}…`;
}

/** The line with the change in it: `if (a {< => <=} b) return;` */
function shown(source: string, edit: Edit): string {
  const from = source.lastIndexOf('\n', edit.start - 1) + 1;
  const until = source.indexOf('\n', edit.end);
  const before = source.slice(from, edit.start).trimStart();
  const after = source.slice(edit.end, until < 0 ? undefined : until).trimEnd();
  const change = `{${shortened(source.slice(edit.start, edit.end))} => ${shortened(edit.replacement)}}`;
  return `${before}${change}${shortened(after)}`;
}

/** Names the edits of one file, in the order of the text. Edits with the same name get a number from 2 on. */
export function namedMutants(path: string, source: string, edits: readonly Edit[]): Mutant[] {
  const seen = new Map<string, number>();
  const ordered = [...edits].sort(
    (a, b) => a.start - b.start || a.end - b.end || a.replacement.localeCompare(b.replacement),
  );
  return ordered.map((edit) => {
    const name = `${path} ${edit.scope || '(top)'} ${edit.operator}: ${shown(source, edit)}`;
    const nth = (seen.get(name) ?? 0) + 1;
    seen.set(name, nth);
    const line = source.slice(0, edit.start).split('\n').length;
    return { ...edit, path, line, key: nth === 1 ? name : `${name} #${nth}` };
  });
}
