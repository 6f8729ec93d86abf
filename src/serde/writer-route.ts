import type { Type } from 'avsc';
import { withArticle } from '../domain/wording';
import { type Convert, resolveAvro } from './avro-resolution';
import { CONTRACTS, type Contract, type WriterSchema } from './contracts';
import { type WireCheck, wireCheck } from './wire-bounds';
import { isSameOnTheWire, parseWriter } from './writer-schema';

export interface AvroRoute {
  readonly form: 'avro';
  readonly writer: Type;
  /** To the contract's shape. undefined if the decoded record has it already. */
  readonly convert: Convert | undefined;
  /** undefined if the bytes need no check before decoding. */
  readonly withinBounds: WireCheck | undefined;
}

/** How to read the records of one writer's schema as a contract, or why they can't be read (a clause). */
export type WriterRoute = AvroRoute | { readonly form: 'json' } | { readonly form: 'none'; readonly why: string };

export function writerRoute(contract: Contract, { schemaType, text }: WriterSchema): WriterRoute {
  if (schemaType === 'JSON') return { form: 'json' };
  if (schemaType !== 'AVRO') return { form: 'none', why: `the schema is ${schemaType}, send Avro or JSON` };
  try {
    if (isSameOnTheWire(text, contract.text)) {
      return { form: 'avro', writer: contract.type, convert: undefined, withinBounds: wireCheck(contract.type) };
    }
    const writer = parseWriter(text);
    const resolution = resolveAvro(writer, contract.reader, contract.name, (name) => otherRecord(contract, name));
    if ('fault' in resolution) return { form: 'none', why: resolution.fault };
    return { form: 'avro', writer, convert: resolution.convert, withinBounds: wireCheck(writer) };
  } catch (error) {
    return { form: 'none', why: because(error) };
  }
}

/** A click has all that a review needs, but is none. So a record that has the name of another contract is never read as this one. */
function otherRecord(contract: Contract, name: string): string | undefined {
  const other = CONTRACTS.some((each) => each.name === name) && name !== contract.name;
  return other ? `the record is ${withArticle(name)}` : undefined;
}

/** An error's message, cut: avsc prints whole schemas into some. */
export function because(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.length <= 300 ? message : `${message.slice(0, 300)}…`;
}
