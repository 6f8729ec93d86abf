import { parseSync } from '@swc/core';
import type { Edit } from './mutant';

/** A node of swc's tree, as far as the walk needs it. */
interface Node {
  readonly type: string;
  readonly span: { readonly start: number; readonly end: number };
  readonly [field: string]: unknown;
}

const BINARY: Readonly<Record<string, readonly [operator: string, replacement: string]>> = {
  '<': ['boundary', '<='],
  '<=': ['boundary', '<'],
  '>': ['boundary', '>='],
  '>=': ['boundary', '>'],
  '===': ['equality', '!=='],
  '!==': ['equality', '==='],
  '&&': ['logical', '||'],
  '||': ['logical', '&&'],
  '+': ['arithmetic', '-'],
  '-': ['arithmetic', '+'],
  '*': ['arithmetic', '/'],
  '/': ['arithmetic', '*'],
  '%': ['arithmetic', '*'],
  '**': ['arithmetic', '*'],
  '^': ['bits', '&'],
  '&': ['bits', '|'],
  '|': ['bits', '&'],
  '>>>': ['bits', '<<'],
  '>>': ['bits', '<<'],
  '<<': ['bits', '>>'],
};

const ASSIGNMENT: Readonly<Record<string, string>> = {
  '+=': '-=',
  '-=': '+=',
  '*=': '/=',
  '/=': '*=',
  '??=': '=',
  '||=': '=',
};

/** A map: `toString` and the like are no keys of it. */
const METHODS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    min: 'max',
    max: 'min',
    some: 'every',
    every: 'some',
    floor: 'ceil',
    ceil: 'floor',
    push: 'unshift',
    unshift: 'push',
    shift: 'pop',
    pop: 'shift',
    find: 'findLast',
    findLast: 'find',
    findIndex: 'findLastIndex',
    findLastIndex: 'findIndex',
    indexOf: 'lastIndexOf',
    startsWith: 'endsWith',
    endsWith: 'startsWith',
  }),
);

/** Calls that can be left out, so that their receiver stays. */
const LEFT_OUT: ReadonlySet<string> = new Set(['filter', 'sort', 'toSorted', 'reverse', 'toReversed', 'slice']);

/** Statements whose deletion leaves a program that still loads. */
const DELETABLE: ReadonlySet<string> = new Set([
  'ExpressionStatement',
  'ThrowStatement',
  'BreakStatement',
  'ContinueStatement',
]);

/** TypeScript's wrappers of an expression; whatever else starts with Ts is a type and has no run time. */
const WRAPPERS: ReadonlySet<string> = new Set([
  'TsAsExpression',
  'TsNonNullExpression',
  'TsSatisfiesExpression',
  'TsConstAssertion',
  'TsTypeAssertion',
]);

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

/** Walks one file's tree and collects its edits. */
class EditCollector {
  readonly edits: Edit[] = [];
  private readonly bytes: Buffer;
  private base = 0;
  private scope = '';
  /** What a bare value may be replaced by in the nearest function: 'null', 'undefined', or '' for neither. */
  private nothing = '';

  constructor(private readonly source: string) {
    this.bytes = Buffer.from(`;${source}`);
  }

  collect(): Edit[] {
    // The leading statement marks where the file starts: a module's own span starts after its first comment.
    const tree = parseSync(`;${this.source}`, { syntax: 'typescript', target: 'es2022' });
    this.base = tree.body[0]!.span.start;
    for (const statement of tree.body.slice(1)) this.visit(statement as unknown as Node);
    return this.edits;
  }

  private at(bytePosition: number): number {
    return this.bytes.subarray(0, bytePosition - this.base).toString().length - 1;
  }

  private text(node: Node): string {
    return this.source.slice(this.at(node.span.start), this.at(node.span.end));
  }

  private replace(operator: string, node: Node, replacement: string): void {
    const [start, end] = [this.at(node.span.start), this.at(node.span.end)];
    if (this.source.slice(start, end) === replacement) return;
    this.edits.push({ operator, start, end, replacement, scope: this.scope });
  }

  /** Replaces an operator between two operands; comments may stand there too, so the last occurrence counts. */
  private replaceBetween(operator: string, left: Node, right: Node, from: string, to: string): void {
    const [start, end] = [this.at(left.span.end), this.at(right.span.start)];
    const offset = this.source.slice(start, end).indexOf(from);
    if (offset < 0) return;
    const edit = { operator, start: start + offset, end: start + offset + from.length };
    this.edits.push({ ...edit, replacement: to, scope: this.scope });
  }

  private visitAll(value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.visitAll(item);
    else if (isNode(value)) this.visit(value);
    else if (typeof value === 'object' && value !== null)
      for (const field of Object.values(value)) this.visitAll(field);
  }

  private visitFields(node: Node, except: readonly string[] = []): void {
    for (const [name, value] of Object.entries(node)) {
      if (name !== 'span' && !except.includes(name)) this.visitAll(value);
    }
  }

  private visit(node: Node): void {
    if (node.type.startsWith('Ts') && !WRAPPERS.has(node.type)) return;
    if (node.type === 'ImportDeclaration' || node.type.startsWith('ExportAll')) return;
    const functionLike = (node.function as Node | undefined) ?? node;
    const name = nameOf(node);
    const opensScope = 'returnType' in functionLike || name !== '';
    if (!opensScope) {
      this.mutate(node);
      return;
    }
    const { scope, nothing } = this;
    if (name !== '') this.scope = scope === '' ? name : `${scope}.${name}`;
    if ('returnType' in functionLike) this.nothing = nothingOf(functionLike.returnType);
    this.mutate(node);
    Object.assign(this, { scope, nothing });
  }

  private mutate(node: Node): void {
    if (DELETABLE.has(node.type)) this.replace('statement', node, ';');
    switch (node.type) {
      case 'ThrowStatement':
        return; // Its message is no behaviour worth a mutant.
      case 'BinaryExpression':
        this.binary(node);
        break;
      case 'AssignmentExpression':
        this.assignment(node);
        break;
      case 'UpdateExpression':
        this.replace(
          'update',
          node,
          this.text(node).replace(/\+\+|--/, (sign) => (sign === '++' ? '--' : '++')),
        );
        break;
      case 'UnaryExpression':
        if (node.operator === '!' || node.operator === '-')
          this.replace('unary', node, this.text(node.argument as Node));
        break;
      case 'BooleanLiteral':
        this.replace('boolean', node, `${!node.value}`);
        break;
      case 'NumericLiteral':
        this.number(node);
        break;
      case 'IfStatement':
      case 'ConditionalExpression':
        this.condition(node.test as Node, ['true', 'false']);
        break;
      case 'WhileStatement':
      case 'ForStatement':
        this.condition(node.test as Node | null, ['false']);
        break;
      case 'ReturnStatement':
        this.returned(node);
        break;
      case 'CallExpression':
        this.call(node);
        break;
    }
    this.visitFields(node);
  }

  private condition(test: Node | null, values: readonly string[]): void {
    if (test !== null) for (const value of values) this.replace('condition', test, value);
  }

  private binary(node: Node): void {
    const [left, right, operator] = [node.left as Node, node.right as Node, node.operator as string];
    if (operator === '??') {
      this.replace('nullish', node, this.text(left));
      this.replace('nullish', node, this.text(right));
      return;
    }
    const swap = BINARY[operator];
    if (swap === undefined || (operator === '+' && [left, right].some(isText))) return;
    this.replaceBetween(swap[0], left, right, operator, swap[1]);
  }

  private assignment(node: Node): void {
    const to = ASSIGNMENT[node.operator as string];
    const right = node.right as Node;
    if (to !== undefined && !isText(right))
      this.replaceBetween('assignment', node.left as Node, right, node.operator as string, to);
  }

  private number(node: Node): void {
    const value = node.value as number;
    const step = Number.isInteger(value) ? 1 : value / 10;
    this.replace('number', node, `${value + step}`);
    if (value > 0) this.replace('number', node, `${value - step}`);
  }

  private returned(node: Node): void {
    const argument = node.argument as Node | null | undefined;
    if (argument && this.nothing !== '') this.replace('return', argument, this.nothing);
  }

  private call(node: Node): void {
    const callee = node.callee as Node;
    if (callee.type !== 'MemberExpression') return;
    const property = callee.property as Node;
    if (property.type !== 'Identifier') return;
    const to = METHODS.get(property.value as string);
    if (to !== undefined) this.replace('method', property, to);
    const object = callee.object as Node;
    if (LEFT_OUT.has(property.value as string)) this.replace('call left out', node, this.text(object));
  }
}

function isText(node: Node): boolean {
  if (node.type === 'StringLiteral' || node.type === 'TemplateLiteral') return true;
  return (
    node.type === 'BinaryExpression' &&
    node.operator === '+' &&
    [node.left, node.right].some((side) => isText(side as Node))
  );
}

function nameOf(node: Node): string {
  const named: Readonly<Record<string, string>> = {
    FunctionDeclaration: 'identifier',
    ClassDeclaration: 'identifier',
    ClassMethod: 'key',
    PrivateMethod: 'key',
    MethodProperty: 'key',
    GetterProperty: 'key',
    VariableDeclarator: 'id',
  };
  if (node.type === 'Constructor') return 'constructor';
  const name = node[named[node.type] ?? ''] as Node | undefined;
  const isConstant = node.type === 'VariableDeclarator' && !isFunction(node.init);
  return name?.type === 'Identifier' && !isConstant ? (name.value as string) : '';
}

const isFunction = (value: unknown): boolean =>
  isNode(value) && (value.type === 'ArrowFunctionExpression' || value.type === 'FunctionExpression');

/** `null` or `undefined` where a function declares that it may return it. */
function nothingOf(returnType: unknown): string {
  const declared = isNode(returnType) ? (returnType.typeAnnotation as Node) : null;
  if (declared?.type !== 'TsUnionType') return '';
  const kinds = (declared.types as Node[]).map((type) => type.kind);
  return kinds.includes('null') ? 'null' : kinds.includes('undefined') ? 'undefined' : '';
}

/** The edits of a TypeScript source. */
export function typescriptEdits(source: string): Edit[] {
  return new EditCollector(source).collect();
}
