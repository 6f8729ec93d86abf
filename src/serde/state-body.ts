import { ATTRIBUTES, type AttributeName, type Profile } from '../domain/attributes';
import { EVENT_KINDS, EVENT_TOPICS, INPUT_ROLES, isMoneyKind, STEP_KINDS } from '../domain/event';
import type { PublishedValue, SequenceState } from '../domain/state/sequence-state';
import type { RunningSummary } from '../domain/state/summary';
import type { Voided } from '../domain/state/voided-orders';
import type { EventWindow, KeptEvent } from '../domain/state/window';
import { type FoldedCount, VALUE_TIERS } from '../domain/update';
import type { ByteReader, ByteWriter } from './byte-cursor';

/*
 * The body of a state blob. All integers are unsigned LEB128 varints unless noted, instants are seconds
 * since the epoch plus 1 (0 = never), floats are IEEE little-endian.
 *
 *   body      = summary profile start events recurrent folded recent published
 *   summary   = firstSeen lastSeen placed cancelled cancelledValued cancelledMinor refunds valued firstOrder lastOrder
 *               placedMinor returnedMinor voided voidedMinor clicks browses timedBrowses dwellS
 *               reviews starred stars decayed(8 × f32)          -- decayed counts as of lastSeen
 *   profile   = 0 | 1 offset attribute × 3 | 2 offset          -- nothing received; ageBand, region, channel; deleted
 *   attribute = 0 | 1 text                                     -- unknown, or its value
 *   start     = firstSeen lastOrder time topic+1 offset+1 clickBucket+1 browseBucket+1 voided voidedMinor
 *   events    = count { time−previous time (first: time) code offset amountMinor* items* dwellS* stars* }
 *               -- *: amountMinor and items for order, refund, cancel; dwellS for browse; stars for review; code = (voided·8 + kind)·8 + topic;
 *               -- kind is the index in EVENT_KINDS, voided 0 no, 1 returned in full or its return, 2 voided an order since dropped
 *   recurrent = encoderVersion(text) count hidden(count × f32) count cell(count × f32)
 *               -- of all layers, lowest first; cell: of the LSTM, none of the others
 *   folded    = 4 × { count hash(u32) }                        -- orders, clicks, browses, reviews
 *   recent    = 4 × { count identity(u32) × count }            -- what tells a repeat
 *   published = 0 | 1 value(f64) asOf modelVersion(text) refolded(byte) tier(byte)
 *               -- tier: from blob version 7 on; index in VALUE_TIERS plus 1, 0 if it is unknown
 *   text      = length utf-8
 */
const BROWSE = EVENT_KINDS.indexOf('browse');
const REVIEW = EVENT_KINDS.indexOf('review');
/** Bytes of the shortest kept event: time, code, offset. */
const LEAST_EVENT_BYTES = 3;
const MOST_STARS = 5;
/** By the index of the kind. */
const IS_MONEY = EVENT_KINDS.map(isMoneyKind);
/** By TopicIndex. */
const HOLDS_EVENTS = INPUT_ROLES.map((_, topic) => EVENT_TOPICS.includes(topic));
/** Of the topics without events. Entries of `folded` are replaced, never changed. */
const NOTHING_FOLDED: FoldedCount = { count: 0, hash: 0 };

/** `tiered`: with the value tier. */
export function writeState(w: ByteWriter, state: SequenceState, tiered: boolean): void {
  writeSummary(w, state.summary);
  writeProfile(w, state.profile);
  writeWindow(w, state.window);
  w.text(state.encoderVersion);
  w.varint(state.hidden.length);
  w.float32s(state.hidden);
  w.varint(state.cell.length);
  w.float32s(state.cell);
  for (const topic of EVENT_TOPICS) {
    const { count, hash } = state.folded[topic]!;
    w.varint(count);
    w.uint32(hash);
  }
  for (const topic of EVENT_TOPICS) {
    const identities = state.recent[topic]!;
    w.varint(identities.length);
    for (const identity of identities) w.uint32(identity);
  }
  writePublished(w, state.published, tiered);
}

/** Throws RangeError. */
export function readState(r: ByteReader, tiered: boolean): SequenceState {
  const summary = readSummary(r);
  const profile = readProfile(r);
  const window = readWindow(r);
  const encoderVersion = r.text();
  const hidden = r.float32s(r.count(4));
  const cell = r.float32s(r.count(4));
  const folded: FoldedCount[] = [];
  for (const holds of HOLDS_EVENTS) folded.push(holds ? { count: r.varint(), hash: r.uint32() } : NOTHING_FOLDED);
  const recent: number[][] = [];
  for (const holds of HOLDS_EVENTS) recent.push(holds ? readIdentities(r) : []);
  const published = readPublished(r, tiered);
  return { window, summary, profile, encoderVersion, hidden, cell, folded, recent, published };
}

function flag(r: ByteReader): boolean {
  return r.code(2, 'flag') === 1;
}

function readIdentities(r: ByteReader): number[] {
  const identities: number[] = [];
  for (let left = r.count(4); left > 0; left--) identities.push(r.uint32());
  return identities;
}

function writeSummary(w: ByteWriter, s: RunningSummary): void {
  w.varint(s.firstSeenS + 1);
  w.varint(s.lastSeenS + 1);
  w.varint(s.placed);
  w.varint(s.cancelled);
  w.varint(s.cancelledValued);
  w.varint(s.cancelledMinor);
  w.varint(s.refunds);
  w.varint(s.valued);
  w.varint(s.firstOrderS + 1);
  w.varint(s.lastOrderS + 1);
  w.varint(s.placedMinor);
  w.varint(s.returnedMinor);
  w.varint(s.voided);
  w.varint(s.voidedMinor);
  w.varint(s.clicks);
  w.varint(s.browses);
  w.varint(s.timedBrowses);
  w.varint(s.dwellS);
  w.varint(s.reviews);
  w.varint(s.starred);
  w.varint(s.stars);
  w.float32s(s.decayed);
}

function readSummary(r: ByteReader): RunningSummary {
  return {
    firstSeenS: r.varint() - 1,
    lastSeenS: r.varint() - 1,
    placed: r.varint(),
    cancelled: r.varint(),
    cancelledValued: r.varint(),
    cancelledMinor: r.varint(),
    refunds: r.varint(),
    valued: r.varint(),
    firstOrderS: r.varint() - 1,
    lastOrderS: r.varint() - 1,
    placedMinor: r.varint(),
    returnedMinor: r.varint(),
    voided: r.varint(),
    voidedMinor: r.varint(),
    clicks: r.varint(),
    browses: r.varint(),
    timedBrowses: r.varint(),
    dwellS: r.varint(),
    reviews: r.varint(),
    starred: r.varint(),
    stars: r.varint(),
    decayed: r.float32s(8),
  };
}

function writeProfile(w: ByteWriter, profile: Profile | null): void {
  w.byte(profile === null ? 0 : profile.attributes === null ? 2 : 1);
  if (profile === null) return;
  w.varint(profile.offset);
  if (profile.attributes === null) return;
  for (const name of ATTRIBUTES) {
    const value = profile.attributes[name];
    w.byte(value === null ? 0 : 1);
    if (value !== null) w.text(value);
  }
}

function readProfile(r: ByteReader): Profile | null {
  const form = r.code(3, 'form of a profile');
  if (form === 0) return null;
  const offset = r.varint();
  if (form === 2) return { attributes: null, offset };
  const values = ATTRIBUTES.map((name) => [name, flag(r) ? r.text() : null] as const);
  return { attributes: Object.fromEntries(values) as Record<AttributeName, string | null>, offset };
}

function writeWindow(w: ByteWriter, { start, events }: EventWindow): void {
  w.varint(start.firstSeenS + 1);
  w.varint(start.lastOrderS + 1);
  w.varint(start.timeS + 1);
  w.varint(start.topic + 1);
  w.varint(start.offset + 1);
  w.varint(start.clickBucket + 1);
  w.varint(start.browseBucket + 1);
  w.varint(start.voided);
  w.varint(start.voidedMinor);
  w.varint(events.length);
  let before = 0;
  for (const event of events) {
    w.varint(event.timeS - before);
    before = event.timeS;
    w.byte((event.voided * 8 + event.kind) * 8 + event.topic);
    w.varint(event.offset);
    if (IS_MONEY[event.kind]) {
      w.varint(event.amountMinor);
      w.varint(event.items);
    } else if (event.kind === BROWSE) w.varint(event.dwellS);
    else if (event.kind === REVIEW) w.byte(event.stars);
  }
}

function readWindow(r: ByteReader): EventWindow {
  const start = {
    firstSeenS: r.varint() - 1,
    lastOrderS: r.varint() - 1,
    timeS: r.varint() - 1,
    topic: r.varint() - 1,
    offset: r.varint() - 1,
    clickBucket: r.varint() - 1,
    browseBucket: r.varint() - 1,
    voided: r.varint(),
    voidedMinor: r.varint(),
  };
  const count = r.count(LEAST_EVENT_BYTES);
  const events: KeptEvent[] = [];
  let timeS = 0;
  for (let i = 0; i < count; i++) {
    timeS += r.varint();
    const code = r.byte();
    events.push(readKept(r, timeS, code));
  }
  return { start, events };
}

function readKept(r: ByteReader, timeS: number, code: number): KeptEvent {
  const topic = code & 7;
  const kind = (code >> 3) & 7;
  const voided = (code >> 6) as Voided;
  if (topic >= INPUT_ROLES.length || kind >= STEP_KINDS.length || voided > 2) {
    throw new RangeError(`code ${code} is no event's`);
  }
  const offset = r.varint();
  const money = IS_MONEY[kind]!;
  const amountMinor = money ? r.varint() : 0;
  const items = money ? r.varint() : 0;
  const dwellS = kind === BROWSE ? r.varint() : 0;
  const stars = kind === REVIEW ? r.code(MOST_STARS + 1, 'stars') : 0;
  return { timeS, topic, offset, kind, amountMinor, items, dwellS, stars, voided };
}

function writePublished(w: ByteWriter, published: PublishedValue | null, tiered: boolean): void {
  if (published === null) {
    w.byte(0);
    return;
  }
  w.byte(1);
  w.float64(published.value);
  w.varint(published.asOfS + 1);
  w.text(published.modelVersion);
  w.byte(published.refolded ? 1 : 0);
  if (tiered) w.byte(published.tier === undefined ? 0 : VALUE_TIERS.indexOf(published.tier) + 1);
}

function readPublished(r: ByteReader, tiered: boolean): PublishedValue | null {
  if (!flag(r)) return null;
  const published = { value: r.float64(), asOfS: r.varint() - 1, modelVersion: r.text(), refolded: flag(r) };
  const tier = tiered ? VALUE_TIERS[r.code(VALUE_TIERS.length + 1, 'tier') - 1] : undefined;
  return tier === undefined ? published : { ...published, tier };
}
