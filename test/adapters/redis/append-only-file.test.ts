import { Cluster, type Redis } from 'ioredis';
import { renewAppendOnlyFile } from '../../../src/adapters/redis/append-only-file';

interface Fields {
  readonly aof_enabled?: number;
  readonly aof_rewrite_in_progress?: number;
  readonly aof_rewrite_scheduled?: number;
  readonly aof_last_rewrite_time_sec?: number;
  readonly aof_last_bgrewrite_status?: string;
}

/** After a start that nothing was written anew since, with a commit. */
const WANTS: Required<Fields> = {
  aof_enabled: 1,
  aof_rewrite_in_progress: 0,
  aof_rewrite_scheduled: 0,
  aof_last_rewrite_time_sec: -1,
  aof_last_bgrewrite_status: 'ok',
};

function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

/** A node that counts how often it was asked; `refuses`: what it answers to that. */
function node(fields: Fields = {}, { commits = 1, refuses = null as Error | null, deaf = null as Error | null } = {}) {
  const lines = Object.entries({ ...WANTS, ...fields }).map(([name, value]) => `${name}:${value}`);
  const stats = ['# Commandstats', ...(commits > 0 ? [`cmdstat_hincrby:calls=${commits},usec=1`] : [])];
  return {
    requests: 0,
    async info(section: string) {
      if (deaf !== null) throw deaf;
      return (section === 'persistence' ? ['# Persistence', ...lines] : stats).join('\r\n');
    },
    async bgrewriteaof() {
      this.requests++;
      if (refuses !== null) throw refuses;
    },
  };
}

const lookAt = (one: ReturnType<typeof node>) => renewAppendOnlyFile(one as unknown as Redis);
const clusterOf = (...nodes: ReturnType<typeof node>[]): Cluster =>
  Object.assign(Object.create(Cluster.prototype), { nodes: (role: string) => (role === 'master' ? nodes : []) });

describe('the append-only file', () => {
  test.each([
    ['is requested if nothing was rewritten since the start', {}, {}, 1, false],
    ['not before a commit', {}, { commits: 0 }, 0, false],
    ['not without a file', { aof_enabled: 0 }, {}, 0, true],
    ['not twice', { aof_last_rewrite_time_sec: 0 }, {}, 0, true],
    ['not while it is being written', { aof_rewrite_in_progress: 1 }, {}, 0, false],
    ['not while that is due', { aof_rewrite_scheduled: 1 }, {}, 0, false],
  ] as const)('%s', async (_, fields, more, requests, settled) => {
    const one = node(fields, more);
    expect(await lookAt(one)).toEqual({ settled, fault: null });
    expect(one.requests).toBe(requests);
  });

  test.each([
    ['it failed', node({ aof_last_rewrite_time_sec: 1, aof_last_bgrewrite_status: 'err' }), true, /could not rewrite/],
    ['it is forbidden', node({}, { refuses: replyError('NOPERM no') }), true, /refuses .*\(NOPERM no\).*by hand/],
    ['the command is gone', node({}, { refuses: replyError('ERR unknown command') }), true, /refuses .*=never/],
    ['it failed at once', node({}, { refuses: replyError("ERR Can't fork") }), false, /refuses .*fork/],
    ['INFO is refused', node({}, { deaf: replyError('NOPERM info') }), true, null],
    ['another scorer was first', node({}, { refuses: replyError('ERR already in progress') }), false, null],
    ['the node is gone', node({}, { deaf: new Error('Connection is closed.') }), false, null],
    ['it does not answer', node({}, { refuses: new Error('Command timed out') }), false, null],
  ] as const)('%s: the message, and whether it is checked again', async (_, one, settled, fault) => {
    expect(await lookAt(one)).toEqual({ settled, fault: fault === null ? null : expect.stringMatching(fault) });
  });

  test('is rewritten on one master of a cluster after another, and a master that is gone hides no other', async () => {
    const nodes = [node({}, { deaf: new Error('gone') }), node({ aof_last_rewrite_time_sec: 3 }), node(), node()];
    expect(await renewAppendOnlyFile(clusterOf(...nodes))).toEqual({ settled: false, fault: null });
    expect(nodes.map(({ requests }) => requests)).toEqual([0, 0, 1, 0]);
    const refusing = [node({}, { refuses: replyError('NOPERM no') }), node()];
    const look = await renewAppendOnlyFile(clusterOf(...refusing));
    expect(look).toMatchObject({ settled: false, fault: expect.any(String) });
    expect(refusing.map(({ requests }) => requests)).toEqual([1, 1]);
    for (const busy of [node({ aof_rewrite_in_progress: 1 }), node({}, { refuses: replyError('ERR in progress') })]) {
      const next = node();
      expect(await renewAppendOnlyFile(clusterOf(busy, next))).toEqual({ settled: false, fault: null });
      expect(next.requests).toBe(0);
    }
  });
});
