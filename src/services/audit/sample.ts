import { textHash } from '../../domain/math/hash';

/** Whether a customer is in a sample of this share. Another seed draws another sample; one seed draws the same everywhere. */
export function isSampled(customerId: string, share: number, seed: number): boolean {
  return textHash(`${seed}:${customerId}`) / 2 ** 32 < share;
}
