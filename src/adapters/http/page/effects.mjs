/** Computes the chart's data: which effects changed a value between two instants, and when. No drawing here. */

export const EFFECTS = ['event', 'silence', 'model'];
const DAY_MS = 86_400_000;

/**
 * The points of a range, with their instants as numbers: 'all', 'peak' (those after the highest value), or a number of days. Never empty
 * unless `points` is.
 */
export function pointsWithin(points, range) {
  const timed = points.map((point) => ({ ...point, atMs: Date.parse(point.asOf) }));
  if (range === 'all' || timed.length === 0) return timed;
  const within = range === 'peak' ? afterPeak(timed) : ofLastDays(timed, range);
  return within.length > 0 ? within : timed.slice(-1);
}

function ofLastDays(timed, days) {
  const fromMs = timed.at(-1).atMs - days * DAY_MS;
  return timed.filter((point) => point.atMs >= fromMs);
}

function afterPeak(timed) {
  const peak = timed.reduce((best, point, i) => (point.value >= timed[best].value ? i : best), 0);
  return timed.slice(peak + 1);
}

/**
 * Sums of the effects over the points: before + event + silence + model (+ unexplained) = after. `unexplained` is not zero only if records
 * between the points are missing (dropped, or folded again after a roll-back).
 */
export function explain(points) {
  const before = points[0].previous;
  const after = points.at(-1).value;
  const sums = { event: 0, silence: 0, model: 0 };
  for (const point of points) for (const effect of EFFECTS) sums[effect] += point[effect];
  const unexplained = after - before - sums.event - sums.silence - sums.model;
  return { before, after, ...sums, unexplained: Math.abs(unexplained) < 1e-6 ? 0 : unexplained };
}

/**
 * Cuts [fromMs, toMs] into `count` buckets, each with the sum of each effect, the value at its end, and the number of records per topic.
 * The effect of silence is booked at the next record only. So it is spread evenly over the time that the silence lasted.
 */
export function bucketise(points, fromMs, toMs, count) {
  const widthMs = Math.max(1, (toMs - fromMs) / count);
  const buckets = Array.from({ length: count }, (_, i) => ({
    fromMs: fromMs + i * widthMs,
    toMs: fromMs + (i + 1) * widthMs,
    event: 0,
    silence: 0,
    model: 0,
    value: null,
    sources: {},
  }));
  const indexOf = (atMs) => Math.min(count - 1, Math.max(0, Math.floor((atMs - fromMs) / widthMs)));
  let sinceMs = fromMs;
  for (const point of points) {
    const bucket = buckets[indexOf(point.atMs)];
    bucket.event += point.event;
    bucket.model += point.model;
    bucket.value = point.value;
    bucket.sources[point.source] = (bucket.sources[point.source] ?? 0) + 1;
    spread(buckets, indexOf, point.silence, Math.min(sinceMs, point.atMs), point.atMs);
    sinceMs = point.atMs;
  }
  return carryValues(buckets, points[0]?.previous ?? 0);
}

function spread(buckets, indexOf, amount, fromMs, toMs) {
  const first = indexOf(fromMs);
  const last = indexOf(toMs);
  if (first === last) {
    buckets[last].silence += amount;
    return;
  }
  for (let i = first; i <= last; i += 1) {
    const shareMs = Math.min(toMs, buckets[i].toMs) - Math.max(fromMs, buckets[i].fromMs);
    buckets[i].silence += (amount * Math.max(0, shareMs)) / (toMs - fromMs);
  }
}

/** A bucket without records ends at the value of the previous bucket plus its share of the silence effect. */
function carryValues(buckets, before) {
  let value = before;
  for (const bucket of buckets) {
    value = bucket.value ?? value + bucket.silence;
    bucket.value = value;
  }
  return buckets;
}
