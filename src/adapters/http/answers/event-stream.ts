import type { ServerResponse } from 'node:http';
import type { CustomerQueries } from '../../../ports/customer-queries';
import { modelToJson, statusToJson } from './customer-json';
import { HttpError } from './errors';

const MAX_STREAMS = 64;
const PERIOD_MS = 1_000;

/**
 * Server-sent events: one summary per second, computed once for all listeners and only if there are any. A listener that does not read is
 * disconnected, because buffering for it would grow without bound.
 */
export class SummaryStream {
  private readonly listeners = new Set<ServerResponse>();
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly queries: CustomerQueries) {}

  /** Takes over the response. */
  add(response: ServerResponse): void {
    if (this.listeners.size >= MAX_STREAMS) throw new HttpError('CLV_HTTP_BUSY');
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.on('close', () => this.drop(response));
    this.listeners.add(response);
    response.write(this.summary());
    this.timer ??= setInterval(() => this.send(), PERIOD_MS);
  }

  close(): void {
    for (const listener of [...this.listeners]) listener.end();
    this.listeners.clear();
    this.stopTimer();
  }

  private send(): void {
    const summary = this.summary();
    for (const listener of this.listeners) {
      if (listener.writableNeedDrain) listener.destroy();
      else listener.write(summary);
    }
  }

  private summary(): string {
    const status = statusToJson(this.queries.status());
    return `event: summary\ndata: ${JSON.stringify({ status, models: this.queries.models().map(modelToJson) })}\n\n`;
  }

  private drop(listener: ServerResponse): void {
    this.listeners.delete(listener);
    if (this.listeners.size === 0) this.stopTimer();
  }

  private stopTimer(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }
}
