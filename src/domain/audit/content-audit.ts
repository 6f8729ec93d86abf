import { CUSTOMERS_TOPIC, EVENT_TOPICS, TICK_TOPIC } from '../event';
import type { Money } from '../scoring/prediction';
import type { Scorer } from '../scoring/scorer';
import type { TierCuts } from '../scoring/tier-cuts';
import { NEVER_S } from '../state/summary';
import type { ClvUpdate } from '../update';
import type { AuditedInputs } from './audited-inputs';
import { chainFaults, type Link } from './chain-check';
import { clockFaults } from './clock-check';
import { ContentTally } from './content-tally';
import { Refold, type Step } from './refold';
import { Rescoring } from './rescoring';
import type { StateShelf } from './state-shelf';
import { emptyStory, type Story } from './story';
import { historyFaults, invariantFaults, tierFaults } from './update-invariants';

export interface ContentSettings {
  readonly partition: number;
  readonly money: Money;
  readonly emission: 'every' | 'coalesced';
  /** Compaction or retention may have removed updates. Then a customer's first update in the log may not be the first one written. */
  readonly updatesMayBeGone: boolean;
  /** Some dead letters are gone. Then it is not always certain which records were folded. */
  readonly deadLettersCut: boolean;
  /** Whether the configured partitioner places the customer in the partition. */
  readonly belongs: (customerId: string) => boolean;
  /** A scorer of the named model; undefined if the model registry does not hold it. */
  readonly scorerOf: (version: string) => Scorer | undefined;
  /** Released tier cuts; undefined if the log does not hold that version. */
  readonly cutsOf: (version: string) => TierCuts | undefined;
  /** Whether this customer's scores are computed again. */
  readonly rescores: (customerId: string) => boolean;
  readonly shelf: StateShelf;
}

/** N of the window (it keeps at most 2N − 1 events), used if no update names a model that the model registry holds. */
const DEFAULT_WINDOW = 16;
/** After this many updates in a row that contradict the input, a customer is not followed further. */
const MOST_MISSES = 2;

/**
 * Checks the contents of one partition's updates. Each field is recomputed from the input or checked against an invariant. For the
 * selected customers, scores are compared with those of the named model.
 */
export class ContentAudit {
  readonly tally = new ContentTally();
  private readonly stories = new Map<string, Story>();
  private readonly refold: Refold;
  private readonly rescoring: Rescoring;
  private window = DEFAULT_WINDOW;
  /** True after a state was rolled back: clock updates may then be missing from the state that later updates follow. */
  private rolledBack = false;
  /** Position of the newest update that names no cuts: the partition's format level kept no tiers then, and its states lost theirs. */
  private untieredAt = -1;

  constructor(
    private readonly inputs: AuditedInputs,
    private readonly settings: ContentSettings,
  ) {
    this.refold = new Refold(inputs, settings.shelf);
    this.rescoring = new Rescoring(inputs, this.refold, this.tally, settings);
  }

  /** Call it in the order of clv-updates. `wireFaults`: contradictions inside the record itself (its key, its redundant fields). */
  addUpdate(update: ClvUpdate, at: number, wireFaults: readonly string[] = []): void {
    const { partition, money, belongs, scorerOf, cutsOf, updatesMayBeGone } = this.settings;
    const fields = new Set([...wireFaults, ...invariantFaults(update, partition, money)]);
    if (!belongs(update.customerId)) fields.add('customerId');
    const story = this.storyOf(update.customerId);
    if (update.refolded) {
      this.tally.refolded += 1;
      this.rolledBack = true;
      if (story.last === null && !updatesMayBeGone) fields.add('refolded');
    }
    const scorer = scorerOf(update.modelVersion);
    if (scorer === undefined) this.tally.addUnknownModel(update.modelVersion);
    else this.window = scorer.model.settings.window;
    for (const field of tierFaults(update, scorer?.model, cutsOf)) fields.add(field);
    for (const field of this.follow(update, story, scorer)) fields.add(field);
    const { topic, offset } = update.source;
    const where = { topic, offset, customerId: update.customerId, log: 'updates', at } as const;
    for (const field of fields) this.tally.find({ fault: 'contradicted', field, ...where });
    story.last = publishedOf(update);
    story.lastAt = at;
    if (update.tierCuts === '') this.untieredAt = at;
    if (update.trigger === 'event') story.lastOfEvent = story.last;
  }

  private follow(update: ClvUpdate, story: Story, scorer: Scorer | undefined): string[] {
    const { topic } = update.source;
    if (update.trigger === 'clock') return topic === TICK_TOPIC ? this.followClock(update, story, scorer) : [];
    if (topic === CUSTOMERS_TOPIC) return this.followProfile(update, story, scorer);
    return EVENT_TOPICS.includes(topic) ? this.followEvent(update, story, scorer) : [];
  }

  private followEvent(update: ClvUpdate, story: Story, scorer: Scorer | undefined): string[] {
    const { inputs, refold } = this;
    const { topic, offset } = update.source;
    const { start, end } = inputs.range(topic);
    if (offset >= end) return ['source.offset'];
    if (offset >= start) {
      const owner = inputs.customerAt(topic, offset);
      if (owner === null) return ['source.offset'];
      if (owner !== update.customerId) return ['customerId'];
    }
    const steps = this.stepsOf(update, story);
    if (!Array.isArray(steps)) return steps === null ? this.chain(update, story, {}) : [steps];
    const { emission } = this.settings;
    // After a roll-back, an event that was published before may be coalesced with a tick. Then its update names it once more.
    const again = steps.length === 0 && emission === 'coalesced' && update.refolded;
    // A second copy of an update. The audit of positions reports it.
    if (steps.length === 0 && !again) return [];
    if (!again && !steps.some((step) => step.topic === topic && step.offset === offset && step.lastOfTopic)) {
      return ['source.offset'];
    }
    const first = refold.stateOf(update.customerId).summary.lastSeenS === NEVER_S;
    const single = steps.length === 1;
    const advanced = this.rescoring.event(update, story, scorer, steps, { first, single, window: this.window });
    const { latestS } = advanced;
    const isFirst = first && (single || (emission === 'coalesced' && !this.settings.updatesMayBeGone));
    return [
      ...this.chain(update, story, { single, first: isFirst, latestS }),
      ...this.history(update, story),
      ...advanced.faults,
    ];
  }

  /** A profile moves no count and no time. Its own time may be that of a table written today. */
  private followProfile(update: ClvUpdate, story: Story, scorer: Scorer | undefined): string[] {
    const { offset } = update.source;
    const { start, end } = this.inputs.range(CUSTOMERS_TOPIC);
    if (offset >= end) return ['source.offset'];
    const owner = this.inputs.profileOwner(offset);
    if (owner !== null && owner !== update.customerId) return ['customerId'];
    // Compaction may have removed the record. A record that cannot be decoded must have a dead letter, not an update.
    if (owner === null && offset >= start && this.inputs.isRefusedProfile(offset)) return ['source.offset'];
    const steps = this.stepsOf(update, story);
    if (!Array.isArray(steps)) return steps === null ? this.chain(update, story, {}) : [steps];
    const single = steps.length === 0;
    const scored = this.rescoring.profile(update, story, scorer, steps, { single, window: this.window });
    return [...this.chain(update, story, { single }), ...this.history(update, story), ...scored];
  }

  private followClock(update: ClvUpdate, story: Story, scorer: Scorer | undefined): string[] {
    const faults = clockFaults(update, story.lastTick, this.inputs);
    story.lastTick = Math.max(story.lastTick, update.source.offset);
    const steps = this.stepsOf(update, story);
    if (!Array.isArray(steps))
      return [...(faults ?? []), ...(steps === null ? this.chain(update, story, {}) : [steps])];
    const single = steps.length === 0;
    const scored = this.rescoring.clock(update, story, scorer, steps, { single, window: this.window });
    return [...(faults ?? []), ...this.chain(update, story, { single }), ...this.history(update, story), ...scored];
  }

  /**
   * The events that an update includes for the first time; or a field that contradicts the input; or null if the customer cannot be
   * followed.
   */
  private stepsOf(update: ClvUpdate, story: Story): Step[] | string | null {
    if (!story.followed) return null;
    const steps = this.refold.plan(update);
    if (Array.isArray(steps)) {
      story.misses = 0;
      return steps;
    }
    story.misses += 1;
    const mayBeCut = this.settings.deadLettersCut || EVENT_TOPICS.some((topic) => this.inputs.range(topic).start > 0);
    if (mayBeCut || story.misses >= MOST_MISSES) story.followed = false;
    return mayBeCut ? null : steps.field;
  }

  private chain(update: ClvUpdate, story: Story, link: Partial<Link>): string[] {
    const { inputs, rolledBack } = this;
    const lastSeenS = story.followed ? this.refold.stateOf(update.customerId).summary.lastSeenS : null;
    return chainFaults(update, story, {
      single: false,
      first: false,
      latestS: null,
      lastSeenS,
      rolledBack,
      every: this.settings.emission === 'every',
      mayLackTier: story.lastAt < this.untieredAt,
      isTickTime: (timeS) => inputs.range(TICK_TOPIC).start > 0 || inputs.isTickTime(timeS),
      ...link,
    });
  }

  private history(update: ClvUpdate, story: Story): string[] {
    const { summary } = this.refold.stateOf(update.customerId);
    return historyFaults(update, summary, story.unclear, this.settings.money);
  }

  private storyOf(customerId: string): Story {
    let story = this.stories.get(customerId);
    if (story === undefined) {
      story = emptyStory();
      // The scorer may have rebuilt the state from the log, in an order across topics that differs from the original one.
      story.unclear = this.inputs.wasSetAside(customerId);
      this.stories.set(customerId, story);
    }
    return story;
  }
}

function publishedOf({ value, asOfS, modelVersion, tierCuts, prediction }: ClvUpdate) {
  // A scorer that names no cuts keeps no tier either.
  const tier = tierCuts === '' ? undefined : prediction.valueTier;
  return { value, asOfS, modelVersion, refolded: false, tier };
}
