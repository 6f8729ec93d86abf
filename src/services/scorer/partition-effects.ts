import { behind } from '../../delivery/offset-vector';
import type { Command, Input } from '../../delivery/partition-machine';
import type { OffsetVector } from '../../domain/event';
import type { Scorer } from '../../domain/scoring/scorer';
import type { TierCuts } from '../../domain/scoring/tier-cuts';
import { codeOf } from '../../ports/failure-code';
import type { FencedPublisher, PublisherOwnership } from '../../ports/publisher';
import type { OutboxRecord } from '../../ports/state-store';
import type { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { OLDEST_FORMAT, TIERED_FORMAT } from '../../serde/format-level';
import type { UpdateCodec } from '../../serde/update-codec';
import { type ClaimPorts, claimPartition } from './claim-partition';
import type { CopartitionNotices } from './copartition-notices';
import { describeItems, describeRecords } from './describe-records';
import { latestOnly } from './emission';
import { foldBatch } from './fold-batch';
import type { FoldedBatch, FoldSettings } from './fold-types';
import type { FormatNotice } from './format-notice';
import type { InputItem } from './input-queue';
import { loadCustomers } from './load-customers';
import { SetAsideNotices } from './set-aside-notices';
import { Standstill, type Step } from './standstill';
import { TimeGate, type TimeGatePorts } from './time-gate';

export interface EffectPorts extends TimeGatePorts, ClaimPorts {
  readonly ownership: PublisherOwnership;
  readonly newCommitId: () => string;
  /** The scorer of the model in force: read once per micro-batch. */
  readonly scorer: () => Scorer;
  /** The tier cuts in force: read once per micro-batch. */
  readonly tierCuts: () => TierCuts;
  readonly updates: UpdateCodec;
  readonly deadLetters: DeadLetterCodec;
  readonly copartition: CopartitionNotices;
  readonly formats: FormatNotice;
}

export interface EffectSettings extends FoldSettings {
  /** Emission `latest`: minimum processing time between two publications of a partition, ms. */
  readonly emissionWindowMs: number;
  /** The tolerance of the rule of time, ms: see domain/time-rule. */
  readonly maxFutureMs: number;
}

/** The part of the input queue that a fold uses. */
export interface FoldQueue {
  /** Puts the records that the batch did not cover back, as the next ones. */
  putBack(rest: readonly InputItem[]): void;
  hasMore(): boolean;
}

export type RunnerInput = Input<OutboxRecord>;
export type RunnerCommand<T extends Command<OutboxRecord>['type']> = Extract<Command<OutboxRecord>, { type: T }>;

/**
 * The effects of one partition. Each carries out a command of the machine and resolves to the machine's next input, also for errors.
 * It resolves to null if the machine has moved on and expects no input.
 */
export class PartitionEffects {
  private publisher: FencedPublisher | null = null;
  /** The micro-batch between its fold and its commit. */
  private batch: FoldedBatch | null = null;
  /** Format level of the claim. States are written at this level. */
  private format = OLDEST_FORMAT;
  private batchStartedS = 0;
  /** Ids of topics that were created again. Null after the first commit on the new topics. */
  private restarting: readonly (string | null)[] | null = null;
  /** Folded and emitted offsets before the current micro-batch was folded. */
  private foldedFrom: { readonly folded: OffsetVector; readonly emitted: OffsetVector } = { folded: [], emitted: [] };
  private publishedAtS = Number.NEGATIVE_INFINITY;
  private hurrying = new AbortController();
  readonly standstill: Standstill;
  private readonly setAside: SetAsideNotices;
  private readonly timeGate: TimeGate;

  constructor(
    private readonly partition: number,
    private readonly ports: EffectPorts,
    private readonly settings: EffectSettings,
    private readonly ending: AbortSignal,
    /** The machine's current attempt. The machine ignores answers to an older one, so effects stop early. */
    private readonly currentAttempt: () => number,
  ) {
    this.standstill = new Standstill(partition, ports.observer, ports.clock);
    this.setAside = new SetAsideNotices(partition, ports.observer, ports.clock);
    this.timeGate = new TimeGate(partition, ports, settings.maxFutureMs);
  }

  async own({ attempt }: RunnerCommand<'own'>): Promise<RunnerInput> {
    try {
      const publisher = await this.ports.ownership.own(this.partition);
      if (attempt !== this.currentAttempt()) {
        await publisher.close();
        return { type: 'ownership-failed', attempt };
      }
      this.publisher = publisher;
      this.standstill.passed('own');
      const { emitted, unmarked, withRecords, tail } = publisher;
      return { type: 'owned', attempt, emitted, unmarked, withRecords, tail };
    } catch (error) {
      return this.failed(attempt, 'own', 'could not take ownership of its output', error);
    }
  }

  async readEmitted({ attempt, afterMs }: RunnerCommand<'read-emitted'>): Promise<RunnerInput> {
    const { publisher } = this;
    await this.ports.clock.sleep(afterMs, this.ending);
    if (publisher === null || attempt !== this.currentAttempt()) return { type: 'ownership-failed', attempt };
    try {
      const facts = await publisher.readEmitted();
      this.standstill.passed('offsets');
      return { type: 'emitted-read', attempt, ...facts };
    } catch (error) {
      return this.failed(attempt, 'offsets', "could not read the group's offsets again", error);
    }
  }

  async claim({ attempt }: RunnerCommand<'claim'>): Promise<RunnerInput> {
    try {
      const claimed = await claimPartition(this.partition, this.ports, this.ending);
      if (claimed === null) return { type: 'claim-refused', attempt };
      const { claim, logStart, restarting } = claimed;
      this.standstill.passed('claim');
      this.format = claim.format;
      this.ports.formats.note(this.partition, claim.format);
      this.restarting = restarting;
      return { type: 'claimed', attempt, claim, logStart };
    } catch (error) {
      return this.failed(attempt, 'claim', 'could not claim its state', error);
    }
  }

  /** Makes {@link judged} follow what was published before. Null if that succeeded. */
  async prepareTimes(attempt: number, folded: OffsetVector, emitted: OffsetVector): Promise<RunnerInput | null> {
    try {
      await this.timeGate.prepare(folded, emitted);
      this.standstill.passed('letters');
      return null;
    } catch (error) {
      return this.failed(attempt, 'letters', 'could not read its dead letters', error);
    }
  }

  /** The items; each whose timestamp is in the future is refused. */
  judged(items: readonly InputItem[]): InputItem[] {
    return items.map((item) => this.timeGate.judge(item));
  }

  async fold(
    { attempt, folded, emitted }: RunnerCommand<'fold'>,
    items: readonly InputItem[],
    queue: FoldQueue,
  ): Promise<RunnerInput | null> {
    this.foldedFrom = { folded, emitted };
    this.batchStartedS = this.ports.clock.elapsedS();
    try {
      const { commitId: loadedAt, loaded } = await loadCustomers(this.partition, this.ports.store, items);
      if (attempt !== this.currentAttempt()) return null;
      const { updates, deadLetters, newCommitId } = this.ports;
      const { partition, settings, format } = this;
      const scorer = this.ports.scorer();
      const tierCuts = format >= TIERED_FORMAT ? this.ports.tierCuts() : null;
      const maxLetterBytes = this.publisher?.maxLetterBytes;
      const output = { updates, deadLetters, maxLetterBytes };
      const context = { partition, scorer, tierCuts, ...output, settings, format, folded, emitted };
      const batch = foldBatch(items, loaded, context);
      // No await since the comparison of the attempt: the queue can't have been reset in between.
      queue.putBack(items.slice(batch.taken));
      this.batch = batch;
      this.standstill.passed('fold');
      const read = loadedAt === null ? {} : { loadedAt };
      const { folded: reached, records } = batch;
      return {
        type: 'folded',
        attempt,
        commitId: newCommitId(),
        ...read,
        folded: reached,
        records,
        more: queue.hasMore(),
      };
    } catch (error) {
      // The records have left the queue. Starting over seeks to the folded offsets, so they are fetched again.
      return this.failed(
        attempt,
        'fold',
        'could not load and fold its next records',
        error,
        describeItems(items, this.settings.topics),
      );
    }
  }

  async commit(command: RunnerCommand<'commit'>): Promise<RunnerInput | null> {
    const { attempt, epoch, follows, commitId, folded, records, resendAfterMs } = command;
    const { batch } = this;
    if (resendAfterMs > 0) await this.ports.clock.sleep(resendAfterMs, this.ending);
    if (batch === null || attempt !== this.currentAttempt()) return null;
    try {
      const { states } = batch;
      const { format } = this;
      await this.restart(command);
      const request = { epoch, follows, commitId, format, folded, records, states };
      const outcome = await this.ports.store.commit(this.partition, request);
      this.standstill.passed('commit');
      if (outcome !== 'fenced') {
        // Not earlier: Redis may lose the restart, and a resent commit would then build on the old topics.
        this.restarting = null;
        this.report(batch);
      }
      return { type: 'commit-answered', attempt, outcome };
    } catch (error) {
      const moved = behind(this.foldedFrom.folded, folded).map(
        (topic) => `${this.settings.topics[topic]} up to ${folded[topic]! - 1}`,
      );
      const subject = [`${records.length} records`, ...moved].join(', ');
      this.fault('commit', 'the commit was not confirmed; sending it again', error, subject);
      return { type: 'commit-answered', attempt, outcome: 'unknown' };
    }
  }

  async publish({ attempt, records, emitted }: RunnerCommand<'publish'>): Promise<RunnerInput> {
    // Read before the wait: after it, this.publisher may belong to another attempt.
    const { publisher } = this;
    const { emission } = this.settings;
    if (emission === 'latest' && records.length > 0) await this.keepWindow();
    if (publisher === null || attempt !== this.currentAttempt()) {
      return { type: 'publish-answered', attempt, outcome: 'unknown' };
    }
    const startedS = this.ports.clock.elapsedS();
    this.publishedAtS = startedS;
    const outgoing = emission === 'latest' ? latestOnly(records, this.ports.updates) : records;
    const outcome = await publisher.publish(outgoing, emitted);
    if (outcome === 'unknown') {
      const what = 'publishing was not confirmed; the log is read, and missing records are published';
      this.fault('publish', what, publisher.lastError?.() ?? null, describeRecords(outgoing, this.settings.topics));
    } else this.standstill.passed('publish');
    if (outcome === 'published') {
      const seconds = this.ports.clock.elapsedS() - startedS;
      this.ports.observer.observe({ kind: 'published', partition: this.partition, records: outgoing.length, seconds });
    }
    return { type: 'publish-answered', attempt, outcome };
  }

  /** Ends the wait of emission `latest`, because the partition is leaving or the outbox is full. */
  hurry(): void {
    this.hurrying.abort();
  }

  /** Waits between publications. Updates that are committed meanwhile stay in the outbox until the next publication. */
  private async keepWindow(): Promise<void> {
    const { clock } = this.ports;
    const leftMs = this.settings.emissionWindowMs - 1000 * (clock.elapsedS() - this.publishedAtS);
    this.hurrying = new AbortController();
    if (leftMs > 0) await clock.sleep(leftMs, AbortSignal.any([this.hurrying.signal, this.ending]));
  }

  /** A failed trim leaves a published blob in the outbox. The next drain finds it below the emitted offsets and removes it. */
  async trim({ commitId, published }: RunnerCommand<'trim'>): Promise<null> {
    await this.ports.store.trim(this.partition, commitId, published).catch(() => undefined);
    return null;
  }

  async checkCommitChain({ attempt }: RunnerCommand<'check-commit-chain'>): Promise<RunnerInput | null> {
    try {
      return {
        type: 'commit-chain-answered',
        attempt,
        commitId: await this.ports.store.newestCommitId(this.partition),
      };
    } catch {
      return null; // the next idle check repeats it
    }
  }

  /** Discards the publisher and the batch. */
  drop(): void {
    const { publisher } = this;
    this.publisher = null;
    this.batch = null;
    publisher?.close().catch(() => undefined);
  }

  private report({ states, report }: FoldedBatch): void {
    const { sampledTimestampsMs, misplaced, failures, unreadable } = report;
    const { events, updates, deadLetters, tooLate, coalesced, replayed, cleaned } = report;
    this.ports.copartition.log(this.partition, misplaced);
    this.setAside.log({ states, unreadable, failures });
    const nowMs = this.ports.clock.nowMs();
    this.ports.observer.observe({
      kind: 'batch-committed',
      events,
      updates,
      deadLetters,
      tooLate,
      coalesced,
      replayed,
      cleaned,
      sweepFailures: failures.filter(({ during }) => during === 'sweep').length,
      misplaced: new Map([...misplaced].map(([topic, keys]) => [topic, keys.length])),
      partition: this.partition,
      seconds: this.ports.clock.elapsedS() - this.batchStartedS,
      endToEndSeconds: sampledTimestampsMs.map((timestampMs) => Math.max(0, nowMs - timestampMs) / 1000),
    });
  }

  /**
   * Runs before each try of the first commit after topics were created again. It does nothing if the store already holds that
   * commit or another owner's.
   */
  private async restart({ epoch, follows }: RunnerCommand<'commit'>): Promise<void> {
    const { restarting: topicIds } = this;
    if (topicIds === null) return;
    const { folded, emitted: published } = this.foldedFrom;
    await this.ports.store.restart(this.partition, { epoch, follows, topicIds, folded, published });
  }

  private failed(attempt: number, step: Step, what: string, error: unknown, subject = ''): RunnerInput {
    this.fault(step, what, error, subject);
    return { type: 'ownership-failed', attempt };
  }

  fault(step: Step, what: string, error: unknown, subject = ''): void {
    const text = error instanceof Error ? error.message : String(error);
    this.standstill.failed(step, { what, code: codeOf(error), error: text, subject });
  }
}
