import { type Closing, closeAdapters } from './close-adapters';

interface Adapter {
  close(): Promise<void>;
}

/** The adapters that a platform closes at the end. One that its user has closed is forgotten, so that a long life does not collect them. */
export class OpenedAdapters {
  private readonly opened = new Set<Adapter>();

  get count(): number {
    return this.opened.size;
  }

  /** From now on the adapter closes once, whoever asks for it. */
  keep<T extends Adapter>(adapter: T): T {
    const close = adapter.close.bind(adapter);
    let closed: Promise<void> | null = null;
    adapter.close = () => {
      closed ??= close().finally(() => this.opened.delete(adapter));
      return closed;
    };
    this.opened.add(adapter);
    return adapter;
  }

  /** Newest first. */
  close(closing: Closing): Promise<void> {
    return closeAdapters([...this.opened].reverse(), closing);
  }
}
