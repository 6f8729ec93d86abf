import { emptyState, type SequenceState } from '../../domain/state/sequence-state';
import { decodeState } from '../../serde/state-blob';

/** The states that the store returned for the customers of a micro-batch. */
export interface LoadedCustomers {
  /** By customer. Null if the store has no state. */
  readonly blobs: ReadonlyMap<string, Uint8Array | null>;
  /** Customers whose state is gone although the partition lists them: it was deleted or evicted. */
  readonly vanished: ReadonlySet<string>;
}

export interface CustomerEntry {
  readonly state: SequenceState;
  readonly isNew: boolean;
}

/**
 * The customers of one micro-batch. States are decoded at their first use, and the loaded bytes are never changed.
 * So an abandoned fold leaves no trace.
 */
export class CustomerStates {
  private readonly open = new Map<string, CustomerEntry | null>();
  private readonly touched = new Map<string, CustomerEntry>();
  /** Customers whose state can't be used, with the reason. Their key is never written. */
  readonly unreadable = new Map<string, string>();

  constructor(
    private readonly loaded: LoadedCustomers,
    private readonly units: number,
  ) {}

  get customerIds(): Iterable<string> {
    return this.loaded.blobs.keys();
  }

  /** Null if the customer's state is damaged or gone. {@link unreadable} then holds the reason. */
  of(customerId: string): CustomerEntry | null {
    const cached = this.open.get(customerId);
    if (cached !== undefined) return cached;
    const entry = this.read(customerId);
    this.open.set(customerId, entry);
    return entry;
  }

  /** The customer's state is part of the commit from now on. */
  touch(customerId: string): void {
    this.touched.set(customerId, this.open.get(customerId)!);
  }

  isTouched(customerId: string): boolean {
    return this.touched.has(customerId);
  }

  /** Restores an earlier copy into the same object, because pending updates refer to that object. */
  restore(customerId: string, copy: SequenceState, wasTouched: boolean): void {
    Object.assign(this.open.get(customerId)!.state, copy);
    if (!wasTouched) this.touched.delete(customerId);
  }

  changed(): Iterable<[string, CustomerEntry]> {
    return this.touched;
  }

  private read(customerId: string): CustomerEntry | null {
    const blob = this.loaded.blobs.get(customerId) ?? null;
    if (blob === null) {
      if (!this.loaded.vanished.has(customerId)) return { state: emptyState(this.units), isNew: true };
      this.unreadable.set(customerId, 'it is gone from the store, although the partition lists the customer');
      return null;
    }
    try {
      return { state: decodeState(blob), isNew: false };
    } catch (error) {
      // Any error of the decoder is caught: only this customer depends on these bytes.
      this.unreadable.set(customerId, error instanceof Error ? error.message : String(error));
      return null;
    }
  }
}
