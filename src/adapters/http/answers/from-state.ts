import { StateBlobError } from '../../../serde/state-blob';

export interface StateFaults {
  /** Takes a state that could not be read. */
  readonly unreadable?: (customerId: string, error: StateBlobError) => void;
}

/** What `read` gives, or 'damaged' after telling who asks. */
export async function fromState<T>(
  { unreadable }: StateFaults,
  customerId: string,
  read: () => Promise<T> | undefined,
): Promise<T | undefined | 'damaged'> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof StateBlobError)) throw error;
    unreadable?.(customerId, error);
    return 'damaged';
  }
}
