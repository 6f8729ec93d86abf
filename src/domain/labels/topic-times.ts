import { CUSTOMERS_TOPIC, type CustomerEvent, EVENT_TOPICS, INPUT_ROLES, KEYED_TOPICS, TOPIC_OF_KIND } from '../event';
import { NEVER_S } from '../state/summary';
import { type BackfillMark, TimeFront, type TimeJump } from './time-front';
import { heldAtS, type TopicProgress, type TopicRead, turnS, UNKNOWN_END, watermarkS } from './watermark';

/** Labels count orders. So only a jump in their time closes labels by itself. */
const ORDERS_TOPIC = TOPIC_OF_KIND.order;

/** How far the topics of one partition have been read, and the event time that this proves. */
export class TopicTimes {
  private readonly topics: (TopicRead & { nextOffset: number; readonly front: TimeFront })[];

  /** `quorum`: how many customers of an event topic have to pass an instant. `latenessS`: how late an event may come, seconds. */
  constructor(
    stored: readonly TopicProgress[],
    quorum: number,
    private readonly latenessS: number,
  ) {
    this.topics = Array.from(INPUT_ROLES, (_, i) => {
      const { nextOffset = 0, latestS = NEVER_S, pace = null } = stored[i] ?? {};
      const isOfEvents = (EVENT_TOPICS as readonly number[]).includes(i);
      return topicAt(nextOffset, new TimeFront(isOfEvents ? quorum : 1, latestS, pace));
    });
  }

  /** What to store of the topics. */
  progress(): TopicProgress[] {
    return this.topics.map(({ nextOffset, latestS, front }) => ({ nextOffset, latestS, pace: front.pace() }));
  }

  nextOffset(topic: number): number {
    return this.topics[topic]!.nextOffset;
  }

  /** Call it when every record of a topic below this offset was read. */
  readUpTo(topic: number, nextOffset: number): void {
    const progress = this.topics[topic]!;
    progress.nextOffset = Math.max(progress.nextOffset, nextOffset);
  }

  /** Takes the time of an event that was read. Returns the event time of its turn, seconds. `mark`: if a back-fill has written it. */
  take(topic: number, { customerId, timeS }: CustomerEvent, mark: BackfillMark | null): number {
    const progress = this.topics[topic]!;
    // Live records beside a back-fill may have moved the topic's time. Its own records are in time as long as the clock waits for them.
    const admittedS = mark === null ? turnS(timeS, progress, this.latenessS) : timeS;
    progress.front.take(customerId, timeS, mark);
    return admittedS;
  }

  /**
   * Event time up to which everything was read, by the topics' end offsets, if available; they show which topics are idle. NEVER_S if no time
   * can be derived. Never beyond a back-fill of which more follows.
   */
  readUntilS(ends: readonly number[]): number {
    const ofEvents = <T>(all: readonly T[]) => EVENT_TOPICS.map((topic) => all[topic]!);
    const heldS = heldAtS(this.topics[CUSTOMERS_TOPIC]!, ends[CUSTOMERS_TOPIC], this.latenessS);
    const backfilledS = this.backfilledS === null ? Number.POSITIVE_INFINITY : this.backfilledS - this.latenessS;
    return Math.min(heldS, backfilledS, watermarkS(ofEvents(this.topics), ofEvents(ends), this.latenessS));
  }

  /** Event time that a back-fill has come to of which more follows, seconds; null if there is none. */
  get backfilledS(): number | null {
    const open = EVENT_TOPICS.flatMap((topic) => this.topics[topic]!.front.backfilledS ?? []);
    return open.length === 0 ? null : Math.max(...open);
  }

  /** Event time by which the newest record is ahead of what a quorum has passed, seconds; 0 if time has not jumped. */
  get heldS(): number {
    return Math.max(...EVENT_TOPICS.map((topic) => this.topics[topic]!.front.heldS));
  }

  /** The last jumps of the orders' time, oldest first. */
  jumps(): readonly TimeJump[] {
    return this.topics[ORDERS_TOPIC]!.front.jumps;
  }

  /** Someone vouches that time has come so far, seconds: records that wait beyond it need no quorum. Returns true if time jumps. */
  confirm(untilS: number): boolean {
    let jumps = false;
    for (const topic of EVENT_TOPICS) {
      const { front } = this.topics[topic]!;
      const isGivenUp = front.backfilledS !== null && untilS > front.backfilledS;
      const isAhead = front.latestS !== NEVER_S && front.heldS > 0 && untilS > front.latestS;
      if (!isGivenUp && !isAhead) continue;
      front.confirm(untilS);
      jumps = true;
    }
    return jumps;
  }

  /** True if every topic was read to its end, and no back-fill is under way. False for an end that is not known. */
  isIdle(ends: readonly number[]): boolean {
    return this.backfilledS === null && this.isRead(ends);
  }

  /** True if every topic was read to its end. False for an end that is not known. */
  isRead(ends: readonly number[]): boolean {
    return KEYED_TOPICS.every((topic) => this.topics[topic]!.nextOffset >= (ends[topic] ?? UNKNOWN_END));
  }
}

function topicAt(nextOffset: number, front: TimeFront) {
  return {
    nextOffset,
    front,
    get latestS() {
      return front.latestS;
    },
  };
}
