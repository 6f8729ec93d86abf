import type { PublishOutcome } from '../../ports/publisher';
import { errorTypes } from './error-chain';

/**
 * The broker refused because a newer producer of the same transactional id exists, or because it aborted this producer's transaction
 * itself.
 */
const FENCING_TYPES: ReadonlySet<string> = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_TXN_STATE']);

/** The outcome that an error anywhere inside a transaction means for the owner. */
export const outcomeOf = (error: unknown): Exclude<PublishOutcome, 'published'> =>
  errorTypes(error).some((type) => FENCING_TYPES.has(type)) ? 'fenced' : 'unknown';
