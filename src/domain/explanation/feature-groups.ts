import { ATTRIBUTE_FEATURES } from '../attributes';
import { STEP_KINDS } from '../event';
import { RAMPS_AT, REVIEW_FEATURES, REVIEWS_AT, SIZE_FEATURES, STEP_FEATURES } from '../features/features';

/** What a kept event contributes by: that it happened, and when; its amount, items, dwell and stars. */
export const EVENT_PARTS = ['occurrence', 'size'] as const;
export type EventPart = (typeof EVENT_PARTS)[number];

/**
 * What beside the kept events the value rests on. The first nine group the running summary's features and the inputs of the clock
 * step by what they measure; order-value is the own mean order value against the shop's, structure the BTYD model.
 */
export const FEATURE_GROUPS = [
  'orders',
  'returns',
  'spend',
  'rhythm',
  'silence',
  'age',
  'browsing',
  'reviews',
  'attributes',
  'order-value',
  'structure',
] as const;
export type FeatureGroup = (typeof FEATURE_GROUPS)[number];

const AFTER_KINDS = STEP_KINDS.length + 1;

/** The part of an event to which each of its step features belongs, in the order of `eventStepFeatures`. */
export const EVENT_PART_OF: readonly EventPart[] = [
  ...fill<EventPart>('occurrence', STEP_FEATURES - SIZE_FEATURES),
  ...fill<EventPart>('size', SIZE_FEATURES),
];

/** The group of each feature of the clock step, in the order of `clockStepFeatures`; hour and weekday are the asker's, and never differ. */
export const CLOCK_GROUP_OF: readonly FeatureGroup[] = [
  ...fill<FeatureGroup>('silence', AFTER_KINDS + 2),
  'age',
  'orders',
  ...fill<FeatureGroup>('silence', STEP_FEATURES - AFTER_KINDS - 4),
];

/** The group of each feature of the running summary, in the order of `summaryFeatures`. */
export const SUMMARY_GROUP_OF: readonly FeatureGroup[] = [
  'orders',
  'orders',
  'returns',
  'orders',
  'spend',
  'spend',
  'rhythm',
  'rhythm',
  'silence',
  'age',
  'silence',
  'silence',
  'orders',
  ...fill<FeatureGroup>('browsing', RAMPS_AT - 13),
  ...fill<FeatureGroup>('silence', REVIEWS_AT - RAMPS_AT),
  ...fill<FeatureGroup>('reviews', REVIEW_FEATURES),
  ...fill<FeatureGroup>('attributes', ATTRIBUTE_FEATURES),
];

function fill<T>(value: T, count: number): T[] {
  return new Array<T>(count).fill(value);
}
