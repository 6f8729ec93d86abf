import type { Edit } from './mutant';

/** A Lua script inside a TypeScript source: the template literal of `export const NAME = new RedisScript(…)`. */
interface Script {
  readonly name: string;
  readonly start: number;
  readonly text: string;
}

const SWAPS: Readonly<Record<string, readonly [operator: string, replacement: string]>> = {
  '==': ['lua equality', '~='],
  '~=': ['lua equality', '=='],
  '<': ['lua boundary', '<='],
  '<=': ['lua boundary', '<'],
  '>': ['lua boundary', '>='],
  '>=': ['lua boundary', '>'],
  '+': ['lua arithmetic', '-'],
  '-': ['lua arithmetic', '+'],
  and: ['lua logical', 'or'],
  or: ['lua logical', 'and'],
  true: ['lua boolean', 'false'],
  false: ['lua boolean', 'true'],
};

/** Strings and comments come first, so that nothing inside them counts. */
const TOKEN = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|--[^\n]*|[A-Za-z_][\w.]*|\d+|==|~=|<=|>=|\.\.|[<>+-]/g;

function scriptsOf(source: string): Script[] {
  return [...source.matchAll(/(\w+) = new RedisScript\(`([^`]*)`/g)].map((match) => ({
    name: match[1]!,
    start: match.index + match[0].length - 1 - match[2]!.length,
    text: match[2]!,
  }));
}

/** Ends of a call whose name ends at `from`: the position after its closing bracket. */
function endOfCall(text: string, from: number): number {
  let depth = 0;
  for (const match of text.slice(from).matchAll(/'(?:[^'\\]|\\.)*'|[()]/g)) {
    if (match[0] === '(') depth++;
    if (match[0] === ')' && --depth === 0) return from + match.index + 1;
  }
  return text.length;
}

/** A call that is a statement of its own: first on its line, or right after `do` or `then`. */
function isStatement(text: string, at: number): boolean {
  return /(^|\n|\bdo|\bthen|;)[ \t]*$/.test(text.slice(0, at));
}

function* editsOf({ name, start, text }: Script): Generator<Edit> {
  const edit = (operator: string, from: number, until: number, replacement: string): Edit => ({
    operator,
    start: start + from,
    end: start + until,
    replacement,
    scope: name,
  });
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const end = index + token.length;
    const swap = SWAPS[token];
    if (swap) yield edit(swap[0], index, end, swap[1]);
    if (/^\d+$/.test(token)) {
      yield edit('lua number', index, end, `${Number(token) + 1}`);
      if (Number(token) > 0) yield edit('lua number', index, end, `${Number(token) - 1}`);
    }
    if (token === 'not') yield edit('lua not', index, end, '');
    if (/^(redis\.call|table\.\w+)$/.test(token) && isStatement(text, index))
      yield edit('lua statement', index, endOfCall(text, end), '');
  }
}

/** The edits of all Lua scripts in a TypeScript source. */
export function luaEdits(source: string): Edit[] {
  return scriptsOf(source).flatMap((script) => [...editsOf(script)]);
}
