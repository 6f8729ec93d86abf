/** What the sentences name, and what they must not. */
export interface RedisAccess {
  /** host:port of each URL. */
  readonly addresses: readonly string[];
  readonly secrets: readonly string[];
}

/** The first words of Redis' own answers. Whatever else is said of a command comes from the connection. */
const ANSWER =
  /^(?:WRONGPASS|NOAUTH|NOPERM|READONLY|LOADING|OOM|CLUSTERDOWN|MASTERDOWN|MISCONF|MOVED|ASK|TRYAGAIN|NOREPLICAS|BUSY|DENIED|ERR)\b/;

/** By the beginning of Redis' answer: the next step. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/^WRONGPASS/, 'Correct REDIS_USERNAME and REDIS_PASSWORD, or the login in REDIS_URL'],
  [/^ERR AUTH <password> called without/, 'It has no password: leave REDIS_PASSWORD out'],
  [/^NOAUTH/, 'Set REDIS_PASSWORD, and REDIS_USERNAME if its users have names'],
  [/^NOPERM/, 'Give the user this command, and the keys that begin with CLV_REDIS_PREFIX (ACL SETUSER)'],
  [/^READONLY/, 'It is a replica: set REDIS_URL to the master, or REDIS_MODE=sentinel'],
  [/^LOADING/, 'It reads its data after a start: wait until it has'],
  [/^OOM/, 'Raise its maxmemory: nothing is lost, and work goes on by itself'],
  [/^CLUSTERDOWN/, 'Start the missing nodes of the cluster: redis-cli --cluster check shows them'],
  [/^MASTERDOWN/, 'Start its master'],
  [/^MISCONF/, "It can't write to its disk: make room there, or look at its log"],
  [/^(?:NOREPLICAS|TRYAGAIN|BUSY)/, 'Wait, or look at its log'],
  [/^DENIED/, 'Give it a password (requirepass), or let it listen to this machine (protected-mode)'],
  [/^ERR DB index/, 'Correct the number of the database at the end of REDIS_URL'],
  [/^(?:MOVED|ASK) /, 'This is a node of a Redis Cluster: set REDIS_MODE=cluster'],
  [/^ERR unknown command/, 'If the address is a Sentinel, set REDIS_MODE=sentinel and REDIS_SENTINEL_MASTER'],
];

const START = 'Start it, or correct REDIS_URL';

interface NoAnswer {
  readonly found: RegExp;
  /** null: the text of the connection is shown as it is. */
  readonly words: string | null;
  readonly fix: string;
}

/** By what the system, TLS or the client says: why there is no answer. The first that fits. */
const NO_ANSWERS: readonly NoAnswer[] = [
  { found: /ECONNREFUSED/, words: 'the connection is refused', fix: START },
  { found: /ENOTFOUND/, words: 'no host has this name', fix: START },
  { found: /EAI_AGAIN/, words: 'the name of the host cannot be looked up', fix: START },
  { found: /ETIMEDOUT/, words: 'it takes no connection; a firewall may be in between', fix: START },
  { found: /EHOSTUNREACH|ENETUNREACH/, words: 'there is no way to this host', fix: START },
  {
    found: /^ERR_SSL_|SSL routines|wrong version number|packet length/i,
    words: 'it does not speak TLS at this port',
    fix: 'Write redis:// in place of rediss:// in REDIS_URL, or name its TLS port',
  },
  {
    found: /certificate|altname|TLS/i,
    words: null,
    fix: 'Set REDIS_SSL_CA to the file of its certificate authority, or correct the host in REDIS_URL',
  },
  {
    found: /ECONNRESET|EPIPE|connection (?:is )?closed/i,
    words: 'it closes the connection',
    fix: `${START}: a port for TLS needs rediss://`,
  },
  { found: /^Command timed out/, words: 'no answer in time', fix: START },
  {
    found: /^All sentinels are unreachable/,
    words: 'none of the Sentinels names a master',
    fix: 'Start them, or correct REDIS_URL and REDIS_SENTINEL_MASTER',
  },
  { found: /^/, words: null, fix: START },
];

/** Redis has answered with an error. */
export function refusalText(reason: string, { addresses }: RedisAccess): string {
  const fix = REFUSALS.find(([begins]) => begins.test(reason))?.[1];
  return `Redis at ${addresses.join(', ')} (REDIS_URL) refuses: ${fix === undefined ? reason : `${reason.replace(/\.$/, '')}. ${fix}`}`;
}

/** Redis has not answered. */
function awayText(reason: string, { addresses }: RedisAccess): string {
  const { words, fix } = NO_ANSWERS.find(({ found }) => found.test(reason))!;
  return `Redis at ${addresses.join(', ')} (REDIS_URL) does not answer: ${words ?? reason}. ${fix}`;
}

/** From the last error of a connection: Redis may refuse the connection itself, as with a wrong password. */
export function connectionText(reason: string, access: RedisAccess): string {
  return ANSWER.test(reason) ? refusalText(reason, access) : awayText(reason, access);
}
