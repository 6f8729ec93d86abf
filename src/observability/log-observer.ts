import pino, { type Logger } from 'pino';
import type { BatchFacts, Observer } from '../ports/observer';
import { FlowSummary } from './flow-summary';
import { toReadableLine } from './readable-lines';

export interface LogOptions {
  /** 'json' for collectors, 'readable' for a terminal. */
  readonly format: 'json' | 'readable';
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** The process, e.g. 'scorer'. */
  readonly name: string;
  /** Where finished lines go; standard error by default, so that standard output stays for results. */
  readonly write?: (line: string) => void;
  readonly summaryIntervalMs?: number;
}

export interface LogObserver extends Observer {
  /** Writes the last summary and stops. */
  close(): void;
}

const SUMMARY_INTERVAL_MS = 10_000;

/** Says in the log what a person wants to read; batches only as a sum every 10 s. */
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

  constructor(
    private readonly logger: Logger,
    intervalMs: number,
  ) {
    this.timer = setInterval(() => this.writeSummary(), intervalMs);
    this.timer.unref();
  }

  batchCommitted(facts: BatchFacts): void {
    this.flow.addBatch(facts);
  }

  published(_partition: number, records: number): void {
    this.flow.addPublished(records);
  }

  lag(partition: number, records: number): void {
    this.flow.setLag(partition, records);
  }

  partitionAssigned(partition: number): void {
    this.logger.info({ partition }, 'partition assigned');
  }

  partitionRevoked(partition: number): void {
    this.flow.dropPartition(partition);
    this.logger.info({ partition }, 'partition revoked');
  }

  fenced(partition: number, by: 'store' | 'log'): void {
    this.logger.warn(
      { partition, by },
      'fenced: another process owns this partition; waiting for the group to confirm',
    );
  }

  /** The notices beside these say what to do. */
  lossFound(): void {}
  customersSetAside(): void {}
  standing(): void {}

  /** The notice beside it says what to do. */
  offsetsOverruled(): void {}

  /** The notice beside it says what to do. */
  topicFault(): void {}

  dependency(name: string, up: boolean, reason: string): void {
    const before = this.dependencies.get(name);
    this.dependencies.set(name, up);
    if (before === up) this.logger.debug({ dependency: name, reason }, up ? 'still up' : 'still away');
    else if (up) this.logger.info({ dependency: name, reason }, `${name} is ${before === undefined ? 'up' : 'back'}`);
    else this.logger.warn({ dependency: name, reason }, `${name} is away; trying again with back-off`);
  }

  modelSwapped(version: string, announcedAtMs: number): void {
    this.logger.info({ version, announcedAt: new Date(announcedAtMs).toISOString() }, 'model swapped in');
  }

  modelRefused(version: string, reason: string): void {
    this.logger.error({ version, reason }, 'model refused; the one in use stays');
  }

  trained(facts: Parameters<Observer['trained']>[0]): void {
    this.logger.debug(facts, 'training round');
  }

  gate(facts: Parameters<Observer['gate']>[0]): void {
    const { promoted, ...figures } = facts;
    this.logger.info(figures, promoted ? 'challenger promoted' : 'challenger refused');
  }

  labels(facts: Parameters<Observer['labels']>[0]): void {
    this.logger.debug(facts, 'labels');
  }

  calibrated(facts: Parameters<Observer['calibrated']>[0]): void {
    this.logger.debug(facts, 'spread calibrated');
  }

  prequential({ horizons }: Parameters<Observer['prequential']>[0]): void {
    const judged = Object.fromEntries(horizons.map(({ days, judged: scores }) => [`${days}d`, scores]));
    this.logger.debug({ judged }, 'scores judged');
  }

  notice(level: 'info' | 'warn' | 'error', message: string, detail: Readonly<Record<string, unknown>> = {}): void {
    this.logger[level](detail, message);
  }

  close(): void {
    clearInterval(this.timer);
    this.writeSummary();
  }

  private writeSummary(): void {
    const facts = this.flow.take();
    if (facts !== null) this.logger.info(facts, 'flow');
  }
}
