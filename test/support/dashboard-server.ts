import { type HttpServer, type HttpServerOptions, startHttpServer } from '../../src/adapters/http/http-server';
import { type Api, startApi } from '../../src/services/api/api';
import { fakeExplanation } from './fake-explanation';
import { FakeShop } from './fake-updates';
import { MemoryTierReleases } from './memory-tier-releases';
import { MemoryReports } from './memory-topics';
import { decodeJsonUpdate, MemoryUpdatesLog } from './memory-updates-log';
import { quietObserver } from './quiet-observer';
import { realClock } from './real-clock';

/** The real HTTP adapter and api on an in-process feed of updates. */
export interface DashboardServer {
  readonly api: Api;
  readonly http: HttpServer;
  readonly shop: FakeShop;
  readonly log: MemoryUpdatesLog;
  /** The trainer's reports, empty at first. */
  readonly reports: MemoryReports;
  readonly tierReleases: MemoryTierReleases;
  /** Appends this many updates of the shop. */
  feed(updates: number): void;
  close(): Promise<void>;
}

export async function startDashboardServer(options: Partial<HttpServerOptions> = {}): Promise<DashboardServer> {
  const shop = new FakeShop(240, 11);
  const log = new MemoryUpdatesLog(1);
  const reports = new MemoryReports();
  const tierReleases = new MemoryTierReleases();
  const api = startApi({
    reader: log,
    topic: 'clv-updates',
    partitions: 1,
    decodeUpdate: decodeJsonUpdate,
    clock: realClock,
    observer: quietObserver(),
    reports,
    tierReleases,
    inputLagRecords: () => 3,
  });
  const http = await startHttpServer({
    port: 0,
    clock: realClock,
    queries: api,
    readiness: () => ({ ready: api.caughtUp(), reasons: api.caughtUp() ? [] : ['reading clv-updates'] }),
    scrape: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: 'clv_updates_total 1\n' }),
    explain: async (customerId, asOfS) => (customerId === 'c-1' ? null : fakeExplanation(asOfS)),
    ...options,
  });
  return {
    api,
    http,
    shop,
    log,
    reports,
    tierReleases,
    feed: (updates) => {
      for (let i = 0; i < updates; i += 1) log.append(0, shop.next(), Date.now());
    },
    close: async () => {
      await http.close();
      await api.close();
    },
  };
}
