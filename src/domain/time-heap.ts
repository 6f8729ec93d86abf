/** A binary heap by time, earliest first; equal times in the order of `tie`. */
export class TimeHeap<T extends { readonly timeS: number; readonly tie: number }> {
  private readonly nodes: T[] = [];

  get size(): number {
    return this.nodes.length;
  }

  /** The earliest, or undefined when empty. */
  peek(): T | undefined {
    return this.nodes[0];
  }

  push(node: T): void {
    const { nodes } = this;
    let at = nodes.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(node, nodes[parent] as T)) break;
      nodes[at] = nodes[parent] as T;
      at = parent;
    }
    nodes[at] = node;
  }

  /** Removes and returns the earliest. */
  pop(): T | undefined {
    const { nodes } = this;
    const first = nodes[0];
    const last = nodes.pop();
    if (last !== undefined && nodes.length > 0) this.sink(last);
    return first;
  }

  private sink(node: T): void {
    const { nodes } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= nodes.length) break;
      if (child + 1 < nodes.length && before(nodes[child + 1] as T, nodes[child] as T)) child++;
      if (!before(nodes[child] as T, node)) break;
      nodes[at] = nodes[child] as T;
      at = child;
    }
    nodes[at] = node;
  }
}

function before(a: { timeS: number; tie: number }, b: { timeS: number; tie: number }): boolean {
  return a.timeS < b.timeS || (a.timeS === b.timeS && a.tie < b.tie);
}
