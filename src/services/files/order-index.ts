const FIRST_CAPACITY = 1 << 12;
/** Slots in use above this share make the table grow. */
const MOST_LOAD = 0.7;

/**
 * Counts how often each key occurs, in 12 bytes a slot: 17 to 34 bytes for each key, whatever its length. Keys are known by 64 bits of a
 * hash: in a file of a million keys, two count as one with a probability of 3 in 10^8.
 */
export class OrderIndex {
  /** Two halves of the hash and the count, for each slot. A count of 0 marks a free slot. */
  private slots = new Uint32Array(3 * FIRST_CAPACITY);
  private capacity = FIRST_CAPACITY;
  private used = 0;

  clear(): void {
    this.slots.fill(0);
    this.used = 0;
  }

  /** Counts an occurrence, and returns how many there are now. */
  add(key: string): number {
    const [high, low] = hash64(key);
    const slot = this.slotOf(high, low);
    const count = ++this.slots[slot + 2]!;
    if (count > 1) return count;
    this.slots[slot] = high;
    this.slots[slot + 1] = low;
    if (++this.used > MOST_LOAD * this.capacity) this.grow();
    return count;
  }

  count(key: string): number {
    const [high, low] = hash64(key);
    return this.slots[this.slotOf(high, low) + 2]!;
  }

  /** The slot of a hash, or the free one where it belongs. */
  private slotOf(high: number, low: number): number {
    const mask = this.capacity - 1;
    for (let i = low & mask; ; i = (i + 1) & mask) {
      const slot = 3 * i;
      if (this.slots[slot + 2] === 0 || (this.slots[slot] === high && this.slots[slot + 1] === low)) return slot;
    }
  }

  private grow(): void {
    const before = this.slots;
    this.capacity *= 2;
    this.slots = new Uint32Array(3 * this.capacity);
    for (let slot = 0; slot < before.length; slot += 3) {
      if (before[slot + 2] === 0) continue;
      const to = this.slotOf(before[slot]!, before[slot + 1]!);
      this.slots.set(before.subarray(slot, slot + 3), to);
    }
  }
}

/** Two multiplicative hashes of the UTF-16 units, each finished by murmur3's mixing. */
function hash64(key: string): [high: number, low: number] {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    high = Math.imul(high ^ unit, 0x01000193);
    low = Math.imul((low << 5) ^ (low >>> 27) ^ unit, 0x9e3779b1);
  }
  return [mixed(high ^ (low >>> 16)), mixed(low ^ high)];
}

function mixed(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
