import { json } from './api-routes';
import type { Route } from './router';

export interface Readiness {
  readonly ready: boolean;
  /** Reasons for not being ready, one line each. */
  readonly reasons: readonly string[];
}

export interface HealthSources {
  readonly readiness: () => Readiness;
  /** The text of /metrics. */
  readonly scrape: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Liveness: the process answers. Readiness: it can do its work. An unavailable dependency never ends the process. */
export function healthRoutes({ readiness, scrape }: HealthSources): Route[] {
  return [
    { pattern: '/healthz', open: true, answer: () => json({ status: 'alive' }) },
    {
      pattern: '/readyz',
      open: true,
      answer: () => {
        const { ready, reasons } = readiness();
        return json({ status: ready ? 'ready' : 'not ready', reasons }, ready ? 200 : 503);
      },
    },
    {
      pattern: '/metrics',
      open: false,
      answer: async () => ({ ...(await scrape()), headers: { 'cache-control': 'no-store' } }),
    },
  ];
}
