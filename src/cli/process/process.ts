import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HttpServer, type HttpServerOptions, startHttpServer } from '../../adapters/http/http-server';
import type { Readiness } from '../../adapters/http/routes/health';
import { type KafkaAccess, kafkaFaultText } from '../../adapters/kafka/connection-fault';
import { systemClock } from '../../adapters/system/clock';
import { ConfigurationError, readSettings } from '../../config/settings';
import type { Settings } from '../../config/table';
import { combineObservers } from '../../observability/combine-observers';
import { createLogObserver } from '../../observability/log-observer';
import { createPrometheusObserver, type PrometheusObserver } from '../../observability/prometheus-observer';
import type { Clock } from '../../ports/clock';
import type { Observer } from '../../ports/observer';
import { listenOn } from './http-port';
import { captureLibraryOutput } from './library-output';
import { tellParent } from './parent';

/** The folder that holds package.json, schemas/ and models/. The same path for src and dist. */
export const PACKAGE_DIRECTORY = join(__dirname, '..', '..', '..');

/** Exit codes of every command. partial: nothing wrong was found, but not everything could be checked, or there are warnings. */
export const EXIT = { ok: 0, failed: 1, usage: 2, partial: 3 } as const;

/** The parameters of every command's body. */
export interface ProcessContext {
  readonly settings: Settings;
  readonly observer: Observer;
  readonly prometheus: PrometheusObserver;
  readonly clock: Clock;
  /** Aborts at the first SIGTERM or SIGINT. A second signal ends the process at once. */
  readonly signal: AbortSignal;
  /** Sets what /readyz and the readiness gauge call. Both also count every dependency that the observer lists as away. */
  setReadiness(readiness: () => Readiness): void;
  /** Starts the HTTP server on the configured address, with health, metrics and whatever `options` adds. Throws if it can't listen there. */
  serveHttp(options?: Partial<Omit<HttpServerOptions, 'host' | 'port'>>): Promise<HttpServer>;
}

export interface ProcessOptions {
  /** The process's name in its log lines. */
  readonly name: string;
  /** Settings that follow from the command's own options. They override environment and file. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** The command works on Kafka alone: REDIS_URL may be unset. */
  readonly withoutRedis?: true;
  /**
   * Milliseconds after the first signal until the process is ended by force, with exit code 1. A server that does not answer holds a client
   * for half a minute, and orchestrators kill after about as long. Ending earlier leaves a log line with the reason. Set it only if a kill
   * costs nothing.
   */
  readonly stopDeadlineMs?: number;
}

/** Time for what is still open after a stop to close by itself. */
const LEFT_OPEN_MS = 2_000;

/** Thrown if a command is stopped before it could begin. Nothing went wrong: exit code 0. */
export class StoppedEarly extends Error {
  readonly code = 'CLV_STOPPED';
}

/**
 * Runs a command's body with settings, observer, signals and HTTP, and sets the exit code. The code is what the body resolves to, or 0
 * if that is undefined. It is 2 for a faulty configuration and 1 for any other error.
 */
export async function runProcess(
  options: ProcessOptions,
  body: (context: ProcessContext) => Promise<number | undefined>,
): Promise<void> {
  let settings: Settings;
  try {
    settings = readSettings({ ...process.env, ...options.overrides }, configurationFile(), {
      needsRedis: !options.withoutRedis,
    });
  } catch (error) {
    console.error(error instanceof ConfigurationError ? error.message : `clv-stream ${options.name}: ${String(error)}`);
    process.exitCode = EXIT.usage;
    return;
  }
  const closing: (() => unknown)[] = [];
  try {
    const context = openContext(settings, options.name, closing);
    if (options.stopDeadlineMs !== undefined) boundStop(context, options.stopDeadlineMs);
    process.exitCode = (await body(context)) ?? EXIT.ok;
  } catch (error) {
    if (error instanceof StoppedEarly) {
      process.exitCode = EXIT.ok;
      return;
    }
    if (error instanceof ConfigurationError) {
      console.error(error.message);
      process.exitCode = EXIT.usage;
      return;
    }
    console.error(`clv-stream ${options.name}: ${kafkaFaultText(error, accessOf(settings))}`);
    if (settings.CLV_LOG_LEVEL === 'debug' && error instanceof Error) console.error(error.stack);
    process.exitCode = EXIT.failed;
  } finally {
    for (const close of closing.reverse()) await close();
    if (options.stopDeadlineMs !== undefined || process.exitCode === EXIT.failed) endSoon();
  }
}

/** All is done and closed. Whatever a library has left open must not keep the process alive until it is ended by force, as if work were left. */
function endSoon(): void {
  setTimeout(() => process.exit(), LEFT_OPEN_MS).unref();
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function boundStop({ signal, observer }: ProcessContext, deadlineMs: number): void {
  const giveUp = (): void => {
    observer.notice(
      'warn',
      `not stopped within ${deadlineMs} ms of the signal, because a server does not answer: ending by force, as a kill would`,
    );
    process.exit(EXIT.failed);
  };
  // Unreferenced, so that the timer does not keep a finished process alive.
  signal.addEventListener('abort', () => setTimeout(giveUp, deadlineMs).unref(), { once: true });
}

function openContext(settings: Settings, name: string, closing: (() => unknown)[]): ProcessContext {
  const clock = systemClock;
  const text =
    settings.CLV_LOG_FORMAT === 'text' || (settings.CLV_LOG_FORMAT === 'auto' && process.stderr.isTTY === true);
  const log = createLogObserver({ format: text ? 'readable' : 'json', level: settings.CLV_LOG_LEVEL, name });
  const away = new Map<string, string>();
  let ownReadiness = (): Readiness => ({ ready: false, reasons: ['starting'] });
  const readiness = (): Readiness => {
    const { ready, reasons } = ownReadiness();
    const dependencies = [...away].map(([dependency, reason]) => `${dependency} is away: ${reason}`);
    return { ready: ready && away.size === 0, reasons: [...dependencies, ...reasons] };
  };
  const prometheus = createPrometheusObserver({ nowMs: () => clock.nowMs(), ready: () => readiness().ready });
  closing.push(
    () => log.close(),
    () => prometheus.close(),
  );
  const observers = combineObservers(prometheus, log);
  const observer: Observer = {
    observe: (fact) => {
      if (fact.kind === 'dependency' && fact.up) away.delete(fact.name);
      else if (fact.kind === 'dependency') away.set(fact.name, fact.reason);
      observers.observe(fact);
    },
    notice: observers.notice,
  };
  closing.push(captureLibraryOutput((level, message, detail) => observer.notice(level, message, detail)));
  return {
    settings,
    observer,
    prometheus,
    clock,
    signal: terminationSignal(closing),
    setReadiness: (answer) => {
      ownReadiness = answer;
    },
    serveHttp: async (options = {}) => {
      const server = await listenOn(settings, (port) =>
        startHttpServer({
          host: settings.CLV_HTTP_HOST,
          port,
          ...(settings.CLV_HTTP_TOKEN === null ? {} : { token: settings.CLV_HTTP_TOKEN }),
          ...(settings.CLV_HTTP_TOKENS_FILE === null ? {} : { tokensFile: settings.CLV_HTTP_TOKENS_FILE }),
          bounds: {
            requestsPerMinute: settings.CLV_HTTP_RATE_LIMIT,
            compression: settings.CLV_HTTP_COMPRESSION,
            corsOrigins: settings.CLV_HTTP_CORS_ORIGINS,
          },
          clock,
          readiness: () => readiness(),
          scrape: () => prometheus.scrape(),
          failed: (route, error) => observer.notice('error', `${route} failed`, { error: String(error) }),
          answered: (route, status, seconds) => prometheus.httpAnswered(route, status, seconds),
          ...options,
        }),
      );
      closing.push(() => server.close());
      tellParent({ listening: server.url });
      return server;
    },
  };
}

function terminationSignal(closing: (() => unknown)[]): AbortSignal {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    controller.abort();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // As a child of `up` or `demo`: the process that started this one is gone, and nobody else would ever stop this one.
  const parentGone = () => controller.abort();
  if (process.connected) process.on('disconnect', parentGone);
  closing.push(() => {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
    process.off('disconnect', parentGone);
  });
  return controller.signal;
}

function accessOf(settings: Settings): KafkaAccess {
  const { KAFKA_BROKERS: brokers, KAFKA_SSL: tls, KAFKA_SASL_MECHANISM: mechanism } = settings;
  return { brokers, tls, username: mechanism === 'none' ? null : settings.KAFKA_SASL_USERNAME };
}

/** The settings of the file that CLV_CONFIG names. */
export function configurationFile(): Record<string, unknown> {
  const path = process.env.CLV_CONFIG;
  if (path === undefined || path === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigurationError([`CLV_CONFIG=${path} can't be read as JSON: ${(error as Error).message}`]);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ConfigurationError([`CLV_CONFIG=${path} must hold one JSON object, with settings as its keys.`]);
  }
  return parsed as Record<string, unknown>;
}
