"""Work like a scorer's, in Quix Streams with numpy: the same as ../streams/Peer.java, from one input topic.

peer.py BROKERS TOPIC OUT EVENTS STATE_DIR. Prints "count N" at most every 20 ms.
"""

import sys
import threading
import time

import numpy as np
from quixstreams import Application
from quixstreams.models import TopicConfig

STEP_FEATURES, UNITS, SUMMARY_FEATURES, HEAD_UNITS, OUTPUTS = 20, 32, 69, 32, 5
STATE_BYTES, UPDATE_BYTES = 561, 402
COMMIT_S, TELL_EVERY_S = 0.1, 0.02

random = np.random.default_rng(1)


def weights(*shape):
    return random.uniform(-0.15, 0.15, shape).astype(np.float32)


input_kernel, recurrent_kernel, bias = (
    weights(STEP_FEATURES, 4 * UNITS),
    weights(UNITS, 4 * UNITS),
    weights(4 * UNITS),
)
head_kernel, head_bias = weights(UNITS + SUMMARY_FEATURES, HEAD_UNITS), weights(HEAD_UNITS)
output_kernel, output_bias = weights(HEAD_UNITS, OUTPUTS), weights(OUTPUTS)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(h, c, x):
    gates = x @ input_kernel + h @ recurrent_kernel + bias
    i, f, g, o = (gates[k * UNITS : (k + 1) * UNITS] for k in range(4))
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def read(h, summary):
    return np.tanh(np.concatenate((h, summary)) @ head_kernel + head_bias) @ output_kernel + output_bias


count = 0
padding = bytes(UPDATE_BYTES)


def score(value, state):
    global count
    stored = state.get_bytes("state")
    numbers = np.frombuffer(stored, np.float32, 2 * UNITS) if stored else np.zeros(2 * UNITS, np.float32)
    x = np.zeros(STEP_FEATURES, np.float32)
    x[value[-1] % 6] = 1
    x[7:15] = np.frombuffer(value[:8], np.uint8) / np.float32(256)
    summary = np.zeros(SUMMARY_FEATURES, np.float32)
    summary[:36] = value[0] / np.float32(128)
    h, c = numbers[:UNITS], numbers[UNITS:]
    before = read(step(h, c, x)[0], summary)
    h, c = step(h, c, x)
    after = read(step(h, c, x)[0], summary)
    kept = np.concatenate((h, c)).astype(np.float32).tobytes()
    state.set_bytes("state", kept + bytes(STATE_BYTES - len(kept)))
    count += 1
    return (np.concatenate((before, after)).astype(np.float32).tobytes() + value + padding)[:UPDATE_BYTES]


def tell():
    while True:
        print(f"count {count}", flush=True)
        time.sleep(TELL_EVERY_S)


brokers, topic_name, out_name, _, state_dir = sys.argv[1:6]
app = Application(
    broker_address=brokers,
    consumer_group=f"{out_name}-quix",
    auto_offset_reset="earliest",
    processing_guarantee="exactly-once",
    commit_interval=COMMIT_S,
    state_dir=state_dir,
    loglevel="ERROR",
)
existing = TopicConfig(num_partitions=4, replication_factor=1)
topic = app.topic(topic_name, value_deserializer="bytes", key_deserializer="bytes", config=existing)
out = app.topic(out_name, value_serializer="bytes", key_serializer="bytes", config=existing)
app.dataframe(topic).apply(score, stateful=True).to_topic(out)
threading.Thread(target=tell, daemon=True).start()
app.run()
