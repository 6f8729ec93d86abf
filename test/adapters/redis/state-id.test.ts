import { redisStateId } from '../../../src/adapters/redis/state-id';
import { describeWithRedis, redisUrl } from '../../support/services';
import { emptyRedis } from './empty-redis';

describeWithRedis('the id of the state', () => {
  test('is made once and stays, also for another process; another prefix has another', async () => {
    const [redis, elsewhere] = [emptyRedis(redisUrl() ?? ''), emptyRedis(redisUrl() ?? '')];
    const connections = [redis.connect(), redis.connect(), elsewhere.connect()];
    try {
      const ids: string[] = [];
      for (const connection of connections) ids.push(await redisStateId(connection));
      expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
      expect(ids[1]).toBe(ids[0]);
      expect(ids[2]).not.toBe(ids[0]);
    } finally {
      await Promise.all(connections.map((connection) => connection.close()));
      await Promise.all([redis.drop(), elsewhere.drop()]);
    }
  });
});
