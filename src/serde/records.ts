/** The input records as on the wire, field for field as in schemas/*.avsc. Instants in milliseconds, money in minor units. */

export interface OrderRecord {
  readonly status: 'placed' | 'refunded' | 'cancelled';
  readonly orderId: string;
  readonly customerId: string;
  readonly eventTime: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly items: number;
  readonly eventId: string | null;
}

export interface ClickRecord {
  readonly eventId: string;
  readonly customerId: string;
  readonly eventTime: number;
  readonly target: string | null;
}

export interface BrowseRecord {
  readonly eventId: string;
  readonly customerId: string;
  readonly eventTime: number;
  readonly dwellSeconds: number;
  readonly page: string | null;
}

export interface ReviewRecord {
  readonly eventId: string;
  readonly customerId: string;
  readonly eventTime: number;
  readonly stars: number | null;
  readonly text: string | null;
}

export interface CustomerRecord {
  readonly customerId: string;
  readonly eventTime: number | null;
  readonly ageBand: string | null;
  readonly region: string | null;
  readonly channel: string | null;
}

export interface TickRecord {
  readonly asOf: number;
  readonly shard: number;
  readonly shards: number;
}
