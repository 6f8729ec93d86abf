import { Command } from 'commander';
import { openServing } from '../compose/api';
import { openDeployment } from '../compose/deployment';
import { openPlatform } from '../platform/open-platform';
import { aborted, runProcess } from '../process/process';

export function serveCommand(): Command {
  return new Command('serve')
    .description('answer questions about customers over HTTP, with a dashboard')
    .option('--port <n>', 'port of the HTTP server (CLV_HTTP_PORT); auto: 8080, or the next free one')
    .addHelpText(
      'after',
      `
Builds its view from clv-updates, and reads states to compute what a customer is worth as of now. It writes no state.
  GET /                              the dashboard
  GET /v1/customers/ID               the latest update, and \`now\`: the same after the silence since
  GET /v1/customers/ID/history       value over time with model, silence and event effects
  GET /v1/customers/ID/explanation   what raises and lowers the value: each kept event, and the rest by feature
  GET /v1/customers?order=value      the most valuable; order=fall for those that lost most
  GET /v1/prequential                how stored scores compare with what happened, by horizon and model version

Also GET /v1/segments, /v1/models, /v1/status, /v1/stream, /metrics, /healthz and /readyz. /openapi.json describes them all.`,
    )
    .action((options: { port?: string }) => {
      const overrides = options.port === undefined ? {} : { CLV_HTTP_PORT: options.port };
      return runProcess({ name: 'serve', overrides }, async (context) => {
        const { settings, observer, clock, signal } = context;
        const platform = await openPlatform(settings, observer, clock, { lasts: true });
        try {
          const serving = openServing(await openDeployment(platform, context, { lasts: true }), context.prometheus);
          try {
            const { api, rescore, explain, nowS } = serving;
            context.setReadiness(() => ({
              ready: api.caughtUp(),
              reasons: api.caughtUp() ? [] : [`${api.viewLagRecords()} updates are still to be read`],
            }));
            const http = await context.serveHttp({ queries: api, rescore, explain, nowS });
            observer.notice('info', `dashboard at ${http.url}`);
            await aborted(signal);
          } finally {
            await serving.close();
          }
          return undefined;
        } finally {
          await platform.close();
        }
      });
    });
}
