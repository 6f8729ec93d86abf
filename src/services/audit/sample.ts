import { textHash } from '../../domain/math/hash';

/** True if a customer is in a sample of this share. One seed gives the same sample in every process; another seed gives another. */
export function isSampled(customerId: string, share: number, seed: number): boolean {
  return textHash(`${seed}:${customerId}`) / 2 ** 32 < share;
}
