import type { Profile } from '../attributes';
import { CUSTOMERS_TOPIC, type CustomerEvent } from '../event';
import { type Money, updateOf } from '../scoring/prediction';
import type { Rescored, Scorer } from '../scoring/scorer';
import type { ClvUpdate } from '../update';
import type { AuditedInputs } from './audited-inputs';
import { candidates } from './chain-check';
import type { ContentTally } from './content-tally';
import type { Advanced, Refold, Step } from './refold';
import { type KnownSplit, scoreFaults } from './score-check';
import type { Story } from './story';

export interface RescoringSettings {
  readonly money: Money;
  readonly emission: 'every' | 'coalesced';
  readonly rescores: (customerId: string) => boolean;
}

interface Joint {
  /** The update differs from the one before by one record. */
  readonly single: boolean;
  /** N: the window keeps at most 2N − 1 events. */
  readonly window: number;
}

/**
 * Moves a customer's state on to an update. For selected customers, it compares the update's scores with those that the named model gives
 * for that state. This works because incremental scoring equals a replay, so a score depends on the state only.
 */
export class Rescoring {
  /** N of the models that the updates so far name. */
  private smallestWindow = Number.POSITIVE_INFINITY;
  private largestWindow = 0;

  constructor(
    private readonly inputs: AuditedInputs,
    private readonly refold: Refold,
    private readonly tally: ContentTally,
    private readonly settings: RescoringSettings,
  ) {}

  /** An update of one event or, if coalesced, of several. */
  event(
    update: ClvUpdate,
    story: Story,
    scorer: Scorer | undefined,
    steps: readonly Step[],
    joint: Joint & { readonly first: boolean },
  ): { readonly latestS: number; readonly faults: string[] } {
    if (this.settings.emission === 'coalesced') return this.coalesced(update, story, scorer, steps, joint);
    const { customerId } = update;
    const scored = this.scorerFor(customerId, scorer);
    // A profile that came before the first event has no update of its own.
    const profiles = scored && joint.first ? this.laterProfiles(customerId) : [];
    const copy = profiles.length > 0 ? this.refold.copyOf(customerId) : null;
    let advanced = this.take(update, story, scored, steps, joint);
    let faults = this.compare(update, scored, advanced.rescored, this.knownSplit(update, story, joint));
    for (const profile of profiles.reverse()) {
      if (faults.length === 0) break;
      this.refold.restore(customerId, copy!);
      this.refold.stateOf(customerId).profile = profile;
      advanced = this.take(update, story, scored, steps, joint);
      faults = this.compare(update, scored, advanced.rescored, this.knownSplit(update, story, joint));
    }
    return { latestS: advanced.latestS, faults: this.settle(update, story, scorer, faults) };
  }

  /** An update of a profile. */
  profile(update: ClvUpdate, story: Story, scorer: Scorer | undefined, steps: readonly Step[], joint: Joint): string[] {
    const { customerId, source } = update;
    const profile = this.inputs.profilesOf(customerId).find(({ offset }) => offset === source.offset);
    story.profileUnknown = profile === undefined;
    if (this.settings.emission === 'coalesced') return this.coalesced(update, story, scorer, steps, joint).faults;
    const scored = this.scorerFor(customerId, scorer);
    if (steps.length > 0 || update.refolded) this.take(update, story, null, steps, joint);
    if (scored === null) return this.settle(update, story, scorer, []);
    this.publishedBefore(update, story);
    const rescored = scored.fold(this.refold.stateOf(customerId), profileEvent(customerId, profile), {
      topic: CUSTOMERS_TOPIC,
      partition: 0,
      offset: source.offset,
    });
    const faults = this.compare(update, scored, rescored, this.knownSplit(update, story, joint));
    return this.settle(update, story, scorer, faults);
  }

  /** An update of a tick. */
  clock(update: ClvUpdate, story: Story, scorer: Scorer | undefined, steps: readonly Step[], joint: Joint): string[] {
    if (this.settings.emission === 'coalesced') return this.coalesced(update, story, scorer, steps, joint).faults;
    const { customerId, asOfS } = update;
    const scored = this.scorerFor(customerId, scorer);
    if (steps.length > 0 || update.refolded) this.take(update, story, null, steps, joint);
    if (scored === null) return this.settle(update, story, scorer, []);
    this.publishedBefore(update, story);
    const rescored = scored.rescore(this.refold.stateOf(customerId), asOfS);
    const faults = this.compare(update, scored, rescored, this.knownSplit(update, story, joint));
    return this.settle(update, story, scorer, faults);
  }

  /** An update of several records. Its scores depend on the state after them. The split of the change among them is unknown. */
  private coalesced(
    update: ClvUpdate,
    story: Story,
    scorer: Scorer | undefined,
    steps: readonly Step[],
    joint: Joint,
  ): { readonly latestS: number; readonly faults: string[] } {
    const { customerId, asOfS } = update;
    const scored = this.scorerFor(customerId, scorer);
    const { latestS } = this.take(update, story, null, steps, joint);
    if (scored === null) return { latestS, faults: this.settle(update, story, scorer, []) };
    const state = this.refold.stateOf(customerId);
    const { profile } = state;
    const faultsUnder = (candidate: Profile | null) => {
      state.profile = candidate;
      state.published = { value: 0, asOfS, modelVersion: '', refolded: false };
      return this.compare(update, scored, scored.rescore(state, asOfS), 'none');
    };
    let faults = faultsUnder(profile);
    // Profiles among the records have no update of their own.
    for (const later of faults.length > 0 ? this.laterProfiles(customerId) : []) {
      faults = faultsUnder(later);
      if (faults.length === 0) break;
    }
    if (faults.length > 0) state.profile = profile;
    return { latestS, faults: this.settle(update, story, scorer, faults) };
  }

  private scorerFor(customerId: string, scorer: Scorer | undefined): Scorer | null {
    return scorer !== undefined && this.settings.rescores(customerId) ? scorer : null;
  }

  private take(
    update: ClvUpdate,
    story: Story,
    scorer: Scorer | null,
    steps: readonly Step[],
    { window }: Joint,
  ): Advanced {
    const { customerId } = update;
    if (scorer !== null) this.publishedBefore(update, story);
    const advanced = this.refold.advance(customerId, steps, scorer, window);
    story.late ||= advanced.late;
    this.smallestWindow = Math.min(this.smallestWindow, window);
    this.largestWindow = Math.max(this.largestWindow, window);
    // Which events were dropped from the window depends on their order, and on the window size of the model that folded them.
    // Events of several topics in one update may have arrived in another order than that of their times. After a roll-back, so may events
    // of earlier updates, and another model may have folded them.
    const counts = update.folded.map(({ count }) => count);
    const severalTopics = counts.filter((count) => count > 0).length > 1;
    const reordered = advanced.mixed || (update.refolded && (story.late || severalTopics));
    const ofOtherWindow = (update.refolded || steps.length > 1) && this.smallestWindow < this.largestWindow;
    // Events that were folded again with no update of their own: no update names the model that folded them, or its window size.
    const ofUnnamedModel = update.refolded && publishedAs(update.change.previous, story) === undefined;
    const mayBeTruncated = counts.reduce((sum, count) => sum + count, 0) >= 2 * this.smallestWindow;
    story.unclear ||= (advanced.truncated && reordered) || (mayBeTruncated && ofOtherWindow) || ofUnnamedModel;
    return advanced;
  }

  /** Sets the state's last published value from the log. After a roll-back it is taken from the update, as far as it is there. */
  private publishedBefore(update: ClvUpdate, story: Story): void {
    const state = this.refold.stateOf(update.customerId);
    const { change, asOfS, refolded } = update;
    const before = publishedAs(change.previous, story) ?? story.last;
    if (before === null) state.published = null;
    // With no version, so that the model computes the value from the state itself.
    else if (refolded) state.published = { value: change.previous, asOfS, modelVersion: '', refolded: false };
    else state.published = { ...before };
  }

  private knownSplit(update: ClvUpdate, story: Story, joint: Joint & { readonly first?: boolean }): KnownSplit {
    if (!joint.single || (story.last === null && joint.first !== true)) return 'none';
    return update.refolded ? 'event' : 'all';
  }

  private compare(update: ClvUpdate, scorer: Scorer | null, rescored: Rescored | null, known: KnownSplit): string[] {
    if (scorer === null || rescored === null) return [];
    const { customerId, source, trigger } = update;
    const state = this.refold.stateOf(customerId);
    const expected = updateOf(scorer, { customerId, state, rescored, source, trigger }, this.settings.money);
    return scoreFaults(update, expected, rescored.outputs, known);
  }

  /** Reports nothing if a difference may come from records that the topics no longer hold. */
  private settle(update: ClvUpdate, story: Story, scorer: Scorer | undefined, faults: string[]): string[] {
    const { customerId } = update;
    if (!this.settings.rescores(customerId)) return [];
    const profileGone =
      story.profileUnknown ||
      (!this.inputs.profilesAreWhole(CUSTOMERS_TOPIC) && this.inputs.profilesOf(customerId).length > 0);
    const open = story.unclear || profileGone;
    if (scorer === undefined || (faults.length > 0 && open)) {
      this.tally.unscorable += 1;
      return [];
    }
    this.tally.rescored += 1;
    return faults;
  }

  private laterProfiles(customerId: string) {
    const known = this.refold.stateOf(customerId).profile?.offset ?? -1;
    return this.inputs.profilesOf(customerId).filter(({ offset }) => offset > known);
  }
}

function publishedAs(value: number, story: Story) {
  return candidates(story, true).find((each) => each.value === value);
}

function profileEvent(customerId: string, profile: Profile | undefined): CustomerEvent {
  const nothing = { timeS: 0, amountMinor: 0, items: 0, dwellS: 0, stars: 0 };
  const event = { kind: 'profile', customerId, eventId: '', ...nothing } as const;
  return profile?.attributes ? { ...event, attributes: profile.attributes } : event;
}
