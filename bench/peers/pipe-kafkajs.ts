/** kafkajs alone: reads every record and writes one for it, with its own encoders. The reference of the ratios. */
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { Progress, pipeArguments, recordsPerSend } from './progress';

async function main(): Promise<void> {
  const { brokers, topics, out, events, value: fixed, group } = pipeArguments();
  const kafka = new Kafka({ brokers, logLevel: logLevel.ERROR });
  const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 50 });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  const progress = new Progress(events);
  await Promise.all([consumer.connect(), producer.connect()]);
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    eachBatch: async ({ batch: { messages, partition } }) => {
      const most = recordsPerSend(fixed?.length ?? messages[0]!.value!.length);
      for (let at = 0; at < messages.length; at += most) {
        const part = messages.slice(at, at + most).map(({ key, value }) => ({ key, value: fixed ?? value, partition }));
        await producer.send({ topic: out, acks: -1, messages: part });
        progress.add(part.length);
      }
    },
  });
}

void main();
