import { type Type, types } from 'avsc';
import { convertLeaf, shownDatum } from './avro-leaf';
import { expectation, kindOf, underlying } from './field-kind';

/** One datum of the writer in the reader's shape. Throws {@link Misfit}. */
export type Convert = (datum: unknown) => unknown;

/** How to read a writer's data, or why none of them can be read. */
export type Resolution = { readonly convert: Convert } | { readonly fault: string };

/** A datum that does not fit the reader. The message names the field and the datum, without a full stop. */
export class Misfit extends Error {
  constructor(
    message: string,
    /** The field that is null although it must have a value, if that is the fault. */
    readonly nullField?: string,
  ) {
    super(message);
  }
}

interface Place {
  /** The reader's record, as messages name it. */
  readonly subject: string;
  readonly path: readonly string[];
  /** A clause if records of this name are something else. Set for the outermost record only. */
  readonly recordFault?: (writerName: string) => string | undefined;
}

type Union = types.UnwrappedUnionType | types.WrappedUnionType;
type Fields = Record<string, unknown>;

/**
 * Resolves a writer's schema as the Avro specification says: a union by the branch of the datum, an enum by its symbol. So a schema that
 * allows more than the reader costs only the data that are more. Some rules go further, so that tables and connectors can be read:
 * - the name of the outermost record is free, unless `recordFault` knows it;
 * - a number of any type is read as int or long if it is whole and small enough;
 * - text and enums are read as each other, and an instant may be ISO 8601 text;
 * - null in a field that has a default counts as absent.
 */
export function resolveAvro(
  writer: Type,
  reader: Type,
  subject: string,
  recordFault: (writerName: string) => string | undefined = () => undefined,
): Resolution {
  return resolve(writer, reader, { subject, path: [], recordFault });
}

function resolve(writer: Type, reader: Type, place: Place): Resolution {
  if (isUnion(writer)) return fromUnion(writer, reader, place);
  if (isUnion(reader)) return toUnion(writer, reader, place);
  const [from, to] = [underlying(writer), underlying(reader)];
  if (from instanceof types.RecordType && to instanceof types.RecordType) return records(from, to, place);
  if (from instanceof types.ArrayType && to instanceof types.ArrayType) {
    return items(from.itemsType, to.itemsType, place, (convert) => (datum) => (datum as unknown[]).map(convert));
  }
  if (from instanceof types.MapType && to instanceof types.MapType) {
    return items(from.valuesType, to.valuesType, place, (convert) => (datum) => mapped(datum as Fields, convert));
  }
  return leaf(writer, reader, place);
}

/** Each branch on its own: a branch that the reader has no place for costs only the data of that branch. */
function fromUnion(writer: Union, reader: Type, place: Place): Resolution {
  const branches = new Map(writer.types.map((branch) => [branch.branchName as string, resolve(branch, reader, place)]));
  const faults = [...branches.values()].flatMap((branch) => ('fault' in branch ? [branch.fault] : []));
  if (faults.length === branches.size) return { fault: faults.at(-1) ?? `${nameOf(place)} has no type` };
  return {
    convert: (datum) => {
      // parseWriter wraps each datum of a union: null, or an object whose one key is the branch.
      const [name, value] = datum === null ? ['null', null] : (Object.entries(datum as Fields)[0] as [string, unknown]);
      const branch = branches.get(name) as Resolution;
      if ('convert' in branch) return branch.convert(value);
      if (datum !== null) throw new Misfit(branch.fault);
      throw new Misfit(`${nameOf(place)} is null: give ${expected(reader)}`, place.path.join('.'));
    },
  };
}

/** The reader's first branch of the same kind, else its first branch that fits. */
function toUnion(writer: Type, reader: Union, place: Place): Resolution {
  const isSameKind = (branch: Type) => kindOf(underlying(branch)) === kindOf(underlying(writer));
  const branches = [...reader.types.filter(isSameKind), ...reader.types.filter((branch) => !isSameKind(branch))];
  const faults: string[] = [];
  for (const branch of branches) {
    const resolution = resolve(writer, branch, place);
    if ('fault' in resolution) faults.push(resolution.fault);
    else if (reader instanceof types.UnwrappedUnionType || branch instanceof types.NullType) return resolution;
    else return { convert: (datum) => ({ [branch.branchName as string]: resolution.convert(datum) }) };
  }
  return { fault: faults.at(-1) as string };
}

function records(writer: types.RecordType, reader: types.RecordType, place: Place): Resolution {
  const refused = place.recordFault?.(unqualified(writer.name));
  if (refused !== undefined) return { fault: refused };
  const setters: ((target: Fields, source: Fields) => void)[] = [];
  for (const field of reader.fields) {
    const { name } = field;
    const inner = { subject: place.subject, path: [...place.path, name] };
    const written = writer.fields.find((each) => each.name === name || field.aliases.includes(each.name));
    const hasDefault = field.defaultValue() !== undefined;
    if (written === undefined) {
      if (!hasDefault) return { fault: missing(inner, writer) };
      setters.push((target) => {
        target[name] = field.defaultValue();
      });
      continue;
    }
    const resolution = resolve(written.type, field.type, inner);
    if ('fault' in resolution) return resolution;
    const nullIsAbsent = hasDefault && !isNullable(field.type);
    setters.push((target, source) => {
      const datum = source[written.name];
      target[name] = datum === null && nullIsAbsent ? field.defaultValue() : resolution.convert(datum);
    });
  }
  return {
    convert: (datum) => {
      const target: Fields = {};
      for (const set of setters) set(target, datum as Fields);
      return target;
    },
  };
}

function items(writer: Type, reader: Type, place: Place, each: (convert: Convert) => Convert): Resolution {
  const item = resolve(writer, reader, { subject: place.subject, path: [...place.path, '[]'] });
  // Without its index: Array.map would pass it on.
  return 'fault' in item ? item : { convert: each((datum) => item.convert(datum)) };
}

function leaf(writer: Type, reader: Type, place: Place): Resolution {
  const convert = convertLeaf(writer, reader);
  if (convert === undefined) {
    return { fault: `${nameOf(place)} has type ${kindOf(underlying(writer))}: give ${expected(reader)}` };
  }
  return {
    convert: (datum) => {
      const value = convert(datum);
      if (value !== undefined) return value;
      throw new Misfit(`${nameOf(place)} is ${shownDatum(datum, writer)}: give ${expected(reader, datum)}`);
    },
  };
}

function missing(place: Place, writer: types.RecordType): string {
  const name = place.path.at(-1) as string;
  const similar = writer.fields.find((each) => each.name.toLowerCase() === name.toLowerCase());
  const hint = similar === undefined ? '' : `, only ${similar.name}: upper and lower case must agree`;
  return `the writer's ${unqualified(writer.name)} has no field ${place.path.join('.')}${hint}`;
}

function nameOf({ path, subject }: Place): string {
  return path.length === 0 ? `the ${subject}` : `${path.join('.')} of the ${subject}`;
}

function expected(reader: Type, given?: unknown): string {
  const type = isUnion(reader) ? (reader.types.find((branch) => !(branch instanceof types.NullType)) as Type) : reader;
  return expectation(kindOf(type), type instanceof types.EnumType ? type.symbols : [], given);
}

function isUnion(type: Type): type is Union {
  return type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType;
}

function isNullable(type: Type): boolean {
  return isUnion(type) ? type.types.some(isNullable) : type instanceof types.NullType;
}

function mapped(map: Fields, convert: Convert): Fields {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, convert(value)]));
}

function unqualified(name: string | undefined): string {
  return (name ?? 'record').split('.').at(-1) as string;
}
