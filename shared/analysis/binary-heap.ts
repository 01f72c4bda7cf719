/** A queue that gives the least item first. Items that compare equal come in any order. */
export class BinaryHeap<Item> {
  private readonly items: Item[];
  private readonly compare: (a: Item, b: Item) => number;

  constructor(compare: (a: Item, b: Item) => number, items: readonly Item[] = []) {
    this.compare = compare;
    // An array in heap order stays one when copied.
    this.items = [...items];
  }

  get size(): number {
    return this.items.length;
  }

  /** The same items in a heap of their own. */
  copy(): BinaryHeap<Item> {
    return new BinaryHeap(this.compare, this.items);
  }

  peek(): Item | undefined {
    return this.items[0];
  }

  push(item: Item): void {
    const { items } = this;
    let place = items.length;
    items.push(item);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = items[above] as Item;
      if (this.compare(parent, item) <= 0) break;
      items[place] = parent;
      place = above;
    }
    items[place] = item;
  }

  pop(): Item | undefined {
    const { items } = this;
    const least = items[0];
    const last = items.pop();
    if (items.length === 0 || last === undefined) return least;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && this.compare(items[below + 1] as Item, items[below] as Item) < 0) below++;
      const child = items[below] as Item;
      if (this.compare(child, last) >= 0) break;
      items[place] = child;
      place = below;
    }
    items[place] = last;
    return least;
  }
}
