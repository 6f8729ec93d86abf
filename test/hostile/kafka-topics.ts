import { createKafka } from '../../src/adapters/kafka/client';
import type { Deployment } from '../support/deployment';
import { until } from '../support/process';
import { kafkaBrokers } from '../support/services';

/** The type of a topic among Kafka's resources. */
const TOPIC = 2;
const SETTING = 'message.timestamp.after.max.ms';
const ANY = '9223372036854775807';

/** Lets the input topics take any timestamp, as those of an older broker do. */
export async function unbound({ platform }: Deployment): Promise<void> {
  const admin = createKafka({ brokers: kafkaBrokers() ?? [], clientId: 'hostile' }, () => undefined).admin();
  await admin.connect();
  try {
    const configEntries = [{ name: SETTING, value: ANY }];
    const resources = platform.topics.inputs.map((name) => ({ type: TOPIC, name, configEntries }));
    await admin.alterConfigs({ validateOnly: false, resources });
    const wanted = platform.topics.inputs.map((name) => ({ type: TOPIC, name, configNames: [SETTING] }));
    await until('the broker takes any timestamp', async () => {
      const described = await admin.describeConfigs({ resources: wanted, includeSynonyms: false });
      return described.resources.every(({ configEntries: [entry] }) => entry?.configValue === ANY);
    });
  } finally {
    await admin.disconnect();
  }
}
