import pino, { type Logger } from 'pino';
import type { Fact, FactOf, Observer } from '../ports/observer';
import { type FactHandlers, handle } from './fact-handlers';
import { FlowSummary } from './flow-summary';
import { toReadableLine } from './readable-lines';

export interface LogOptions {
  /** 'json' for collectors, 'readable' for a terminal. */
  readonly format: 'json' | 'readable';
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** The process, e.g. 'scorer'. */
  readonly name: string;
  /** Receives finished lines. Default: standard error, so that standard output is free for results. */
  readonly write?: (line: string) => void;
  readonly summaryIntervalMs?: number;
}

export interface LogObserver extends Observer {
  /** Writes the last summary and stops. */
  close(): void;
}

const SUMMARY_INTERVAL_MS = 10_000;

/** Writes the log for people. Batches appear only as a sum every 10 s. */
export function createLogObserver(options: LogOptions): LogObserver {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const destination = { write: options.format === 'json' ? write : (line: string) => write(toReadableLine(line)) };
  const logger = pino({ name: options.name, level: options.level }, destination);
  return new PinoObserver(logger, options.summaryIntervalMs ?? SUMMARY_INTERVAL_MS);
}

class PinoObserver implements LogObserver {
  private readonly flow = new FlowSummary();
  private readonly dependencies = new Map<string, boolean>();
  private readonly timer: NodeJS.Timeout;

  /** Facts without a handler here come with a notice, which has the next step. */
  private readonly handlers: Partial<FactHandlers> = {
    'batch-committed': (fact) => this.flow.addBatch(fact),
    published: ({ records }) => this.flow.addPublished(records),
    lag: ({ partition, records }) => this.flow.setLag(partition, records),
    'partition-assigned': ({ partition }) => this.logger.info({ partition }, 'partition assigned'),
    'partition-revoked': ({ partition }) => {
      this.flow.dropPartition(partition);
      this.logger.info({ partition }, 'partition revoked');
    },
    fenced: ({ partition, by }) =>
      this.logger.warn(
        { partition, by },
        'fenced: another process owns this partition; waiting for the group to confirm',
      ),
    dependency: (fact) => this.dependency(fact),
    'model-swapped': ({ version, announcedAtMs }) =>
      this.logger.info({ version, announcedAt: new Date(announcedAtMs).toISOString() }, 'model swapped in'),
    'model-refused': ({ version, reason }) =>
      this.logger.error({ version, reason }, 'model refused; the one in use stays'),
    trained: ({ kind, ...figures }) => this.logger.debug(figures, 'training round'),
    gate: ({ kind, promoted, ...figures }) =>
      this.logger.info(figures, promoted ? 'challenger promoted' : 'challenger refused'),
    labels: ({ kind, ...figures }) => this.logger.debug(figures, 'labels'),
    calibrated: ({ kind, ...figures }) => this.logger.debug(figures, 'log-spend sigma calibrated'),
    prequential: ({ report }) => {
      const judged = Object.fromEntries(report.horizons.map(({ days, judged: scores }) => [`${days}d`, scores]));
      this.logger.debug({ judged }, 'scores judged');
    },
  };

  constructor(
    private readonly logger: Logger,
    intervalMs: number,
  ) {
    this.timer = setInterval(() => this.writeSummary(), intervalMs);
    this.timer.unref();
  }

  observe(fact: Fact): void {
    handle(this.handlers, fact);
  }

  notice(level: 'info' | 'warn' | 'error', message: string, detail: Readonly<Record<string, unknown>> = {}): void {
    this.logger[level](detail, message);
  }

  close(): void {
    clearInterval(this.timer);
    this.writeSummary();
  }

  private dependency({ name, up, reason }: FactOf<'dependency'>): void {
    const before = this.dependencies.get(name);
    this.dependencies.set(name, up);
    if (before === up) this.logger.debug({ dependency: name, reason }, up ? 'still up' : 'still away');
    else if (up) this.logger.info({ dependency: name, reason }, `${name} is ${before === undefined ? 'up' : 'back'}`);
    else this.logger.warn({ dependency: name, reason }, `${name} is away; trying again with back-off`);
  }

  private writeSummary(): void {
    const facts = this.flow.take();
    if (facts !== null) this.logger.info(facts, 'flow');
  }
}
