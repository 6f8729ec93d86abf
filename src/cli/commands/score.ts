import { Command } from 'commander';
import { openDeployment } from '../compose/deployment';
import { openScorer } from '../compose/scorer';
import { openPlatform } from '../platform/open-platform';
import { aborted, runProcess } from '../process/process';

/** Draining ends after 10 s at most. Leaving the group takes a few more, and orchestrators kill after 30 s. */
const STOP_DEADLINE_MS = 20_000;

export function scoreCommand(): Command {
  return new Command('score')
    .description(
      'fold events into customer states and publish CLV updates; start more to scale out, up to one per partition',
    )
    .addHelpText(
      'after',
      `
Reads orders, clicks, browses, reviews, customers and clv-ticks. Writes clv-updates and clv-dead-letters. Swaps in the models of clv-models.
To scale out, start more: Kafka's consumer group (CLV_APP) divides the partitions among them. Health and metrics are on CLV_HTTP_PORT
(default: 8080 or the next free port; a log line has the address): /healthz, /readyz, /metrics. SIGTERM drains and leaves the group, within 20 s. A second SIGTERM ends at once. Nothing is lost either way.`,
    )
    .action(() =>
      runProcess({ name: 'score', stopDeadlineMs: STOP_DEADLINE_MS }, async (context) => {
        const { settings, observer, clock, signal } = context;
        const platform = await openPlatform(settings, observer, clock, { lasts: true });
        try {
          const http = await context.serveHttp();
          observer.notice('info', `health and metrics at ${http.url}`);
          const deployment = await openDeployment(platform, context, { scores: true, lasts: true });
          const scorer = openScorer(deployment);
          context.setReadiness(() => scorer.readiness());
          // A stop must not wait for a log that is away.
          await Promise.race([scorer.start(), aborted(signal)]);
          if (!signal.aborted) {
            observer.notice('info', `scoring with ${scorer.modelVersion} on ${platform.kind}`, {
              partitions: deployment.partitions,
            });
          }
          await aborted(signal);
          observer.notice('info', 'stopping: finishing the batches in progress');
          await scorer.stop();
          observer.notice('info', 'left the group; closing connections');
          return undefined;
        } finally {
          await platform.close();
        }
      }),
    );
}
