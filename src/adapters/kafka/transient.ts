import { setTimeout as delay } from 'node:timers/promises';
import { errorTypes } from './error-chain';

const ATTEMPTS = 50;
const RETRY_MS = 100;

/**
 * Leaders and coordinators that are not ready: new topics, a broker that has just started. kafkajs retries only some of them, and by names
 * that don't match.
 */
const TRANSIENT_TYPES: ReadonlySet<string> = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'CONCURRENT_TRANSACTIONS',
]);

/** Retries for about five seconds what a broker marks as retriable. Throws any other error at once. Only for calls that may run twice. */
export async function retryTransient<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === ATTEMPTS || !errorTypes(error).some((type) => TRANSIENT_TYPES.has(type))) throw error;
      await delay(RETRY_MS);
    }
  }
}
