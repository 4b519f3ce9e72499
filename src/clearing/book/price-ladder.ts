import { grown } from "./columns.ts";
import { none } from "./order.ts";

const fanBits = 5;
const fan = 32;
/** 31-bit prices in steps of five bits: the root stands at this height, nodes of 32 adjacent prices at height 0. */
const rootHeight = 6;

/**
 * Memory that all ladders share: price levels, and the nodes of the tries that find them. Freed ones are reused, last freed first.
 * Empty ladders cost nothing here, and a lone order far from all others costs at most seven nodes of 132 bytes.
 */
export class LadderArena {
  /** Per level: its price, its orders' total, how many they are, the first and last of them, and the next levels up and down. */
  ticks: Int32Array = new Int32Array(64);
  lots: Float64Array = new Float64Array(64);
  orders: Int32Array = new Int32Array(64);
  head: Int32Array = new Int32Array(64);
  tail: Int32Array = new Int32Array(64);
  above: Int32Array = new Int32Array(64);
  below: Int32Array = new Int32Array(64);
  #levelCount = 0;
  #freeLevel = none;

  /** Per node: which of its 32 children exist, and the children: nodes, or levels at height 0. */
  bits: Int32Array = new Int32Array(64);
  children: Int32Array = new Int32Array(64 * fan);
  #nodeCount = 0;
  #freeNode = none;

  /** Bytes held. */
  get byteLength(): number {
    return this.ticks.length * 32 + this.bits.length * (4 + 4 * fan);
  }

  addLevel(priceTicks: number): number {
    let level = this.#freeLevel;
    if (level !== none) this.#freeLevel = this.above[level]!;
    else {
      level = this.#levelCount++;
      if (level === this.ticks.length) this.#growLevels();
    }
    this.ticks[level] = priceTicks;
    this.lots[level] = 0;
    this.orders[level] = 0;
    this.head[level] = none;
    this.tail[level] = none;
    return level;
  }

  freeLevel(level: number): void {
    this.above[level] = this.#freeLevel;
    this.#freeLevel = level;
  }

  #growLevels(): void {
    const capacity = this.ticks.length * 2;
    this.ticks = grown(this.ticks, capacity);
    this.lots = grown(this.lots, capacity);
    this.orders = grown(this.orders, capacity);
    this.head = grown(this.head, capacity);
    this.tail = grown(this.tail, capacity);
    this.above = grown(this.above, capacity);
    this.below = grown(this.below, capacity);
  }

  addNode(): number {
    let node = this.#freeNode;
    if (node !== none) this.#freeNode = this.children[node * fan]!;
    else {
      node = this.#nodeCount++;
      if (node === this.bits.length) {
        this.bits = grown(this.bits, node * 2);
        this.children = grown(this.children, node * 2 * fan);
      }
    }
    this.bits[node] = 0;
    return node;
  }

  freeNode(node: number): void {
    this.children[node * fan] = this.#freeNode;
    this.#freeNode = node;
  }

  /** Puts an item at the end of a level's queue, whose links are the caller's columns. */
  append(level: number, item: number, next: Int32Array, previous: Int32Array): void {
    const tail = this.tail[level]!;
    next[item] = none;
    previous[item] = tail;
    if (tail === none) this.head[level] = item;
    else next[tail] = item;
    this.tail[level] = item;
    this.orders[level] = this.orders[level]! + 1;
  }

  /** Takes an item out of a level's queue; says whether the level is now empty. */
  unlink(level: number, item: number, next: Int32Array, previous: Int32Array): boolean {
    const before = previous[item]!;
    const after = next[item]!;
    if (before === none) this.head[level] = after;
    else next[before] = after;
    if (after === none) this.tail[level] = before;
    else previous[after] = before;
    const left = this.orders[level]! - 1;
    this.orders[level] = left;
    return left === 0;
  }
}

/**
 * The price levels of one book in order of price: a chain, and beside it a trie of 32-bit sets that finds a price's level or its neighbour.
 * The path to the price last sought is kept, so that near prices are one or two steps from one another, and far ones never more than seven.
 */
export class PriceLadder {
  /** The lowest and the highest level, or `none`. */
  lowest: number = none;
  highest: number = none;
  readonly #arena: LadderArena;
  /** Nodes on the path to `#pathTicks`, by height; those at `#pathFrom` and above are valid. */
  readonly #path: Int32Array = new Int32Array(rootHeight + 1);
  #pathTicks = 0;
  #pathFrom: number = rootHeight;
  #hasRoot = false;

  constructor(arena: LadderArena) {
    this.#arena = arena;
  }

  /** The level at this price, or `none`. */
  find(priceTicks: number): number {
    if (!this.#hasRoot || this.#descend(priceTicks) !== 0) return none;
    const leaf = this.#path[0]!;
    const index = priceTicks & (fan - 1);
    const { bits, children } = this.#arena;
    return (bits[leaf]! & (1 << index)) === 0 ? none : children[leaf * fan + index]!;
  }

  /** The level at this price, made if there is none. */
  obtain(priceTicks: number): number {
    const arena = this.#arena;
    if (!this.#hasRoot) {
      this.#hasRoot = true;
      this.#path[rootHeight] = arena.addNode();
    }
    let height = this.#descend(priceTicks);
    while (height > 0) {
      const node = arena.addNode();
      this.#setChild(height, priceTicks, node);
      this.#path[--height] = node;
    }
    this.#pathFrom = 0;
    const leaf = this.#path[0]!;
    const index = priceTicks & (fan - 1);
    if ((arena.bits[leaf]! & (1 << index)) !== 0) return arena.children[leaf * fan + index]!;
    const level = arena.addLevel(priceTicks);
    this.#chain(level, this.#above(priceTicks));
    this.#setChild(0, priceTicks, level);
    return level;
  }

  /** Takes out an empty level and frees it. */
  remove(level: number): void {
    const arena = this.#arena;
    const above = arena.above[level]!;
    const below = arena.below[level]!;
    if (above === none) this.highest = below;
    else arena.below[above] = below;
    if (below === none) this.lowest = above;
    else arena.above[below] = above;
    const priceTicks = arena.ticks[level]!;
    this.#descend(priceTicks);
    let height = 0;
    for (;;) {
      const node = this.#path[height]!;
      const left = arena.bits[node]! & ~(1 << ((priceTicks >>> (height * fanBits)) & (fan - 1)));
      arena.bits[node] = left;
      if (left !== 0 || height === rootHeight) break;
      arena.freeNode(node);
      height++;
    }
    this.#pathFrom = height;
    arena.freeLevel(level);
  }

  /** Follows the path to a price as far as it exists and gives the height at which it ends: 0 if there is a leaf. */
  #descend(priceTicks: number): number {
    const path = this.#path;
    const differing = priceTicks ^ this.#pathTicks;
    // 13 ÷ 64 divides 0 … 30 by five
    let height = differing === 0 ? 0 : ((31 - Math.clz32(differing)) * 13) >> 6;
    if (height < this.#pathFrom) height = this.#pathFrom;
    const { bits, children } = this.#arena;
    let node = path[height]!;
    while (height > 0) {
      const index = (priceTicks >>> (height * fanBits)) & (fan - 1);
      if ((bits[node]! & (1 << index)) === 0) break;
      node = children[node * fan + index]!;
      path[--height] = node;
    }
    this.#pathTicks = priceTicks;
    this.#pathFrom = height;
    return height;
  }

  #setChild(height: number, priceTicks: number, child: number): void {
    const { bits, children } = this.#arena;
    const node = this.#path[height]!;
    const index = (priceTicks >>> (height * fanBits)) & (fan - 1);
    bits[node] = bits[node]! | (1 << index);
    children[node * fan + index] = child;
  }

  /** The first level above a price, whose path is the present one. */
  #above(priceTicks: number): number {
    const { bits, children, ticks } = this.#arena;
    if (this.highest === none || priceTicks > ticks[this.highest]!) return none;
    if (priceTicks < ticks[this.lowest]!) return this.lowest;
    let height = 0;
    for (;;) {
      let node = this.#path[height]!;
      const index = (priceTicks >>> (height * fanBits)) & (fan - 1);
      let higher = bits[node]! & ~((2 << index) - 1);
      if (higher === 0) {
        height++;
        continue;
      }
      for (;;) {
        node = children[node * fan + 31 - Math.clz32(higher & -higher)]!;
        if (height-- === 0) return node;
        higher = bits[node]!;
      }
    }
  }

  #chain(level: number, above: number): void {
    const arena = this.#arena;
    const below = above === none ? this.highest : arena.below[above]!;
    arena.above[level] = above;
    arena.below[level] = below;
    if (above === none) this.highest = level;
    else arena.below[above] = level;
    if (below === none) this.lowest = level;
    else arena.above[below] = level;
  }
}
