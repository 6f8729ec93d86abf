import type { Place } from '../../../ports/customer-list';
import { HttpError } from '../answers/errors';

/** A place in a list as text: base64url of [sort, key, id]. JSON has no infinity: null stands for it. Callers should not read it. */
export function writePlace({ key, customerId }: Place, sort: string): string {
  return Buffer.from(JSON.stringify([sort, Number.isFinite(key) ? key : null, customerId])).toString('base64url');
}

/** Throws CLV_HTTP_BAD_REQUEST for text that is no cursor of this sort. */
export function readPlace(text: string, sort: string): Place {
  const read = parsed(text);
  if (!Array.isArray(read)) throw new HttpError('CLV_HTTP_BAD_REQUEST', 'cursor is none: take `next` of a page');
  const [ofSort, key, customerId] = read;
  if (ofSort !== sort) throw new HttpError('CLV_HTTP_BAD_REQUEST', 'the cursor is of a list with another sort');
  if ((typeof key !== 'number' && key !== null) || typeof customerId !== 'string') {
    throw new HttpError('CLV_HTTP_BAD_REQUEST', 'cursor is none: take `next` of a page');
  }
  return { key: key ?? Number.NEGATIVE_INFINITY, customerId };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}
