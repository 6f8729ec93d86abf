import type { CustomerEvent, InputRole, Tick } from '../domain/event';
import { BROWSE, CLICK, CUSTOMER, ORDER, REVIEW, TICK } from './contracts';
import { FramedWriter } from './framing';
import type { BrowseRecord, ClickRecord, CustomerRecord, OrderRecord, ReviewRecord, TickRecord } from './records';

/** Format of this program's own producers: framed Avro, or JSON. */
export type WireFormat = 'avro' | 'json';

/** A domain event to write, with the id of its order if that is not the eventId. */
export interface OutgoingEvent extends CustomerEvent {
  /** Id of the order that is placed, refunded or cancelled. Default: the eventId. */
  readonly orderId?: string;
}

/** Domain values → bytes of the input topics. Used by the simulator, the replay and tests. */
export class EventEncoder {
  private readonly orders: FramedWriter;
  private readonly clicks: FramedWriter;
  private readonly browses: FramedWriter;
  private readonly reviews: FramedWriter;
  private readonly customers: FramedWriter;
  private readonly ticks: FramedWriter;

  constructor(
    private readonly currency: string,
    private readonly format: WireFormat = 'avro',
  ) {
    this.orders = new FramedWriter(ORDER);
    this.clicks = new FramedWriter(CLICK);
    this.browses = new FramedWriter(BROWSE);
    this.reviews = new FramedWriter(REVIEW);
    this.customers = new FramedWriter(CUSTOMER);
    this.ticks = new FramedWriter(TICK);
  }

  /** The topic an event belongs to, and its value there. */
  encodeEvent(event: OutgoingEvent): { readonly role: InputRole; readonly value: Uint8Array } {
    // Each record is one literal: avsc is ten times slower on objects that were built by spreading.
    const { customerId, eventId } = event;
    const eventTime = event.timeS * 1000;
    switch (event.kind) {
      case 'click': {
        const record: ClickRecord = { eventId, customerId, eventTime, target: null };
        return { role: 'clicks', value: this.write(this.clicks, record) };
      }
      case 'browse': {
        const record: BrowseRecord = { eventId, customerId, eventTime, dwellSeconds: event.dwellS, page: null };
        return { role: 'browses', value: this.write(this.browses, record) };
      }
      case 'review': {
        const stars = event.stars === 0 ? null : event.stars;
        const record: ReviewRecord = { eventId, customerId, eventTime, stars, text: null };
        return { role: 'reviews', value: this.write(this.reviews, record) };
      }
      case 'profile': {
        const { ageBand = null, region = null, channel = null } = event.attributes ?? {};
        const record: CustomerRecord = { customerId, eventTime, ageBand, region, channel };
        return { role: 'customers', value: this.write(this.customers, record) };
      }
      default: {
        const record: OrderRecord = {
          status: event.kind === 'order' ? 'placed' : event.kind === 'refund' ? 'refunded' : 'cancelled',
          orderId: event.orderId ?? eventId,
          customerId,
          eventTime,
          amountMinor: event.amountMinor,
          currency: this.currency,
          items: event.items,
          eventId,
        };
        return { role: 'orders', value: this.write(this.orders, record) };
      }
    }
  }

  encodeTick(tick: Tick): Uint8Array {
    const record: TickRecord = { asOf: tick.asOfS * 1000, shard: tick.shard, shards: tick.shards };
    return this.write(this.ticks, record);
  }

  private write(writer: FramedWriter, record: object): Uint8Array {
    return this.format === 'avro' ? writer.encode(record) : Buffer.from(JSON.stringify(record), 'utf8');
  }
}
