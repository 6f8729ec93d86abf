import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * Work like a scorer's, in Kafka Streams. For each event: one read and one write of a customer's state of 561 bytes, three LSTM steps of 32
 * units (the event's own, and the virtual one before and after it), two readings of the heads, and one record of 402 bytes. It does less:
 * no features, no checks, no Avro, no split of the change.
 * Peer BROKERS TOPICS OUT EVENTS THREADS STATE_DIR. Prints "count N" at most every 20 ms.
 */
public final class Peer {
  static final int STEP_FEATURES = 20;
  static final int UNITS = 32;
  static final int SUMMARY_FEATURES = 69;
  static final int HEAD_UNITS = 32;
  static final int OUTPUTS = 5;
  static final int STATE_BYTES = 561;
  static final int UPDATE_BYTES = 402;
  static final int COMMIT_MS = 100;
  static final long TELL_EVERY_MS = 20;

  static final float[] INPUT_KERNEL = random(STEP_FEATURES * 4 * UNITS);
  static final float[] RECURRENT_KERNEL = random(UNITS * 4 * UNITS);
  static final float[] BIAS = random(4 * UNITS);
  static final float[] HEAD_KERNEL = random((UNITS + SUMMARY_FEATURES) * HEAD_UNITS);
  static final float[] HEAD_BIAS = random(HEAD_UNITS);
  static final float[] OUTPUT_KERNEL = random(HEAD_UNITS * OUTPUTS);
  static final float[] OUTPUT_BIAS = random(OUTPUTS);

  static final AtomicLong count = new AtomicLong();
  static final CountDownLatch done = new CountDownLatch(1);

  static float[] random(int length) {
    Random random = new Random(length);
    float[] numbers = new float[length];
    for (int i = 0; i < length; i++) numbers[i] = (random.nextFloat() - 0.5f) * 0.3f;
    return numbers;
  }

  static float sigmoid(float x) {
    return (float) (1 / (1 + Math.exp(-x)));
  }

  static float tanh(float x) {
    return 2 * sigmoid(2 * x) - 1;
  }

  /** target += x · matrix, with target.length columns. */
  static void addProduct(float[] target, float[] x, float[] matrix, int firstRow) {
    for (int row = 0; row < x.length; row++) {
      float value = x[row];
      if (value == 0) continue;
      int from = (firstRow + row) * target.length;
      for (int column = 0; column < target.length; column++) target[column] += value * matrix[from + column];
    }
  }

  static final class Score implements Processor<byte[], byte[], byte[], byte[]> {
    final long events;
    final float[] h = new float[UNITS], c = new float[UNITS], virtualH = new float[UNITS], virtualC = new float[UNITS];
    final float[] step = new float[STEP_FEATURES], summary = new float[SUMMARY_FEATURES];
    final float[] gates = new float[4 * UNITS], hidden = new float[HEAD_UNITS], outputs = new float[OUTPUTS];
    ProcessorContext<byte[], byte[]> context;
    KeyValueStore<byte[], byte[]> states;

    Score(long events) {
      this.events = events;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
      this.context = context;
      this.states = context.getStateStore("states");
    }

    void step(float[] h, float[] c) {
      System.arraycopy(BIAS, 0, gates, 0, gates.length);
      addProduct(gates, step, INPUT_KERNEL, 0);
      addProduct(gates, h, RECURRENT_KERNEL, 0);
      for (int u = 0; u < UNITS; u++) {
        float next = sigmoid(gates[UNITS + u]) * c[u] + sigmoid(gates[u]) * tanh(gates[2 * UNITS + u]);
        c[u] = next;
        h[u] = sigmoid(gates[3 * UNITS + u]) * tanh(next);
      }
    }

    /** The heads after a virtual step. */
    float readAhead() {
      System.arraycopy(h, 0, virtualH, 0, UNITS);
      System.arraycopy(c, 0, virtualC, 0, UNITS);
      step(virtualH, virtualC);
      System.arraycopy(HEAD_BIAS, 0, hidden, 0, HEAD_UNITS);
      addProduct(hidden, virtualH, HEAD_KERNEL, 0);
      addProduct(hidden, summary, HEAD_KERNEL, UNITS);
      for (int d = 0; d < HEAD_UNITS; d++) hidden[d] = tanh(hidden[d]);
      System.arraycopy(OUTPUT_BIAS, 0, outputs, 0, OUTPUTS);
      addProduct(outputs, hidden, OUTPUT_KERNEL, 0);
      return outputs[0];
    }

    void featuresOf(byte[] value) {
      long sum = 0;
      for (byte each : value) sum = sum * 31 + each;
      Arrays.fill(step, 0);
      step[(int) Math.floorMod(sum, 6L)] = 1;
      for (int i = 7; i < 15; i++) step[i] = ((sum >> i) & 255) / 256f;
      step[15] = 1;
      for (int i = 0; i < 36; i++) summary[i] = ((sum >> (i & 31)) & 127) / 128f;
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      byte[] stored = states.get(record.key());
      byte[] state = stored == null ? new byte[STATE_BYTES] : stored.clone();
      ByteBuffer numbers = ByteBuffer.wrap(state);
      for (int u = 0; u < UNITS; u++) {
        h[u] = numbers.getFloat(4 * u);
        c[u] = numbers.getFloat(4 * (UNITS + u));
      }
      featuresOf(record.value());
      float before = readAhead();
      step(h, c);
      float after = readAhead();
      for (int u = 0; u < UNITS; u++) {
        numbers.putFloat(4 * u, h[u]);
        numbers.putFloat(4 * (UNITS + u), c[u]);
      }
      states.put(record.key(), state);
      byte[] update = new byte[UPDATE_BYTES];
      ByteBuffer written = ByteBuffer.wrap(update).putFloat(before).putFloat(after);
      for (float output : outputs) written.putDouble(output);
      for (int i = written.position(); i < UPDATE_BYTES; i++) update[i] = (byte) (i * 37 + state[i % STATE_BYTES]);
      context.forward(record.withValue(update));
      if (count.incrementAndGet() == events) done.countDown();
    }
  }

  public static void main(String[] args) throws Exception {
    String brokers = args[0], out = args[2];
    long events = Long.parseLong(args[3]);
    Topology topology = new Topology();
    topology.addSource("in", new ByteArrayDeserializer(), new ByteArrayDeserializer(), args[1].split(","));
    topology.addProcessor("score", () -> new Score(events), "in");
    topology.addStateStore(
        Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore("states"), Serdes.ByteArray(), Serdes.ByteArray()),
        "score");
    topology.addSink("out", out, new ByteArraySerializer(), new ByteArraySerializer(), "score");
    Properties settings = new Properties();
    settings.put("application.id", out + "-streams");
    settings.put("bootstrap.servers", brokers);
    settings.put("processing.guarantee", "exactly_once_v2");
    settings.put("num.stream.threads", args[4]);
    settings.put("commit.interval.ms", String.valueOf(COMMIT_MS));
    settings.put("state.dir", args[5]);
    settings.put("auto.offset.reset", "earliest");
    settings.put("replication.factor", "1");
    KafkaStreams streams = new KafkaStreams(topology, settings);
    streams.start();
    do {
      System.out.println("count " + count.get());
      System.out.flush();
      Thread.sleep(TELL_EVERY_MS);
    } while (done.getCount() > 0);
    System.out.println("count " + count.get());
    System.out.flush();
    Thread.sleep(Long.MAX_VALUE);
  }
}
