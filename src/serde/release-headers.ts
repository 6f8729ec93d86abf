import type { Release, ReleaseAction } from '../domain/release/release';

/*
 * How an announcement came about, as headers of its record in the models topic. The value is unchanged, so that every earlier program can
 * read it: those know one schema id only.
 *
 *   clv-action   see RELEASE_ACTIONS
 *   clv-by       who, UTF-8; missing if unknown
 *   clv-reason   why, UTF-8; missing if none was given
 *   clv-pinned   "yes", or missing
 *   clv-earlier  versions to roll back to, newest first, separated by a space; missing if there are none
 *
 * A record without clv-action was announced by an earlier program, or stored without being put into force.
 */
const ACTION = 'clv-action';
const BY = 'clv-by';
const REASON = 'clv-reason';
const PINNED = 'clv-pinned';
const EARLIER = 'clv-earlier';

type Headers = Readonly<Record<string, string>>;

export function encodeRelease({ action, by, reason, pinned, earlier }: Release): Headers {
  return {
    [ACTION]: action,
    ...(by === '' ? {} : { [BY]: by }),
    ...(reason === '' ? {} : { [REASON]: reason }),
    ...(pinned ? { [PINNED]: 'yes' } : {}),
    ...(earlier.length === 0 ? {} : { [EARLIER]: earlier.join(' ') }),
  };
}

/** Undefined if the record does not say how it came about. Unknown headers are skipped. */
export function decodeRelease(headers: Headers | undefined): Release | undefined {
  const action = headers?.[ACTION];
  if (headers === undefined || action === undefined) return undefined;
  return {
    // A newer program may have more actions. Readers pass them on unchanged.
    action: action as ReleaseAction,
    by: headers[BY] ?? '',
    reason: headers[REASON] ?? '',
    pinned: headers[PINNED] === 'yes',
    earlier: headers[EARLIER]?.split(' ').filter((version) => version !== '') ?? [],
  };
}
