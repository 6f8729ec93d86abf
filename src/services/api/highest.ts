/**
 * The `limit` entries with the highest scores, highest first. One pass with a heap of `limit` entries: O(n log limit), so a million
 * customers are ranked in milliseconds without a full sort. Equal scores are ordered by key, so that results are reproducible.
 */
export function highest(entries: Iterable<readonly [key: string, score: number]>, limit: number): [string, number][] {
  const heap: [string, number][] = [];
  for (const [key, score] of entries) {
    if (heap.length < limit) {
      heap.push([key, score]);
      siftUp(heap, heap.length - 1);
    } else if (limit > 0 && isLower(heap[0]!, [key, score])) {
      heap[0] = [key, score];
      siftDown(heap);
    }
  }
  return heap.sort((a, b) => (isLower(a, b) ? 1 : -1));
}

function isLower(a: readonly [string, number], b: readonly [string, number]): boolean {
  return a[1] === b[1] ? a[0] > b[0] : a[1] < b[1];
}

function siftUp(heap: [string, number][], from: number): void {
  let child = from;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    if (!isLower(heap[child]!, heap[parent]!)) return;
    swap(heap, child, parent);
    child = parent;
  }
}

function siftDown(heap: [string, number][]): void {
  let parent = 0;
  for (;;) {
    const left = 2 * parent + 1;
    if (left >= heap.length) return;
    const right = left + 1;
    const lowest = right < heap.length && isLower(heap[right]!, heap[left]!) ? right : left;
    if (!isLower(heap[lowest]!, heap[parent]!)) return;
    swap(heap, lowest, parent);
    parent = lowest;
  }
}

function swap(heap: [string, number][], a: number, b: number): void {
  const kept = heap[a]!;
  heap[a] = heap[b]!;
  heap[b] = kept;
}
