import { grown } from "./columns.ts";
import { none } from "./order.ts";

const fanBits = 5;
const fan = 32;
/** 31-bit prices in steps of five bits: the root stands at this height, nodes of 32 adjacent prices at height 0. */
const rootHeight = 6;

/** Float64 numbers and 32-bit integers in one level's record of 32 bytes. */
const levelDoubles = 4;
const levelIntegers = 8;

/** Places in a level's record: `lots` of float64 numbers, the others of 32-bit integers. */
export const levelFields = {
  /** Σ remaining lots of its orders. */
  lots: 0,
  ticks: 2,
  orders: 3,
  /** The first and last order of its queue. */
  head: 4,
  tail: 5,
  /** The next levels up and down. */
  above: 6,
  below: 7,
} as const;
const { lots, ticks, orders, head, tail, above, below } = levelFields;

/**
 * Memory that all ladders share: price levels, and the nodes of the tries that find them. Freed ones are reused, last freed first.
 * Empty ladders cost nothing here, and a lone order far from all others costs at most seven nodes of 132 bytes.
 */
export class LadderArena {
  doubles: Float64Array = new Float64Array(64 * levelDoubles);
  integers: Int32Array = new Int32Array(this.doubles.buffer);
  #levelCount = 0;
  #freeLevel = none;

  /** Per node: which of its 32 children exist, and the children: nodes, or levels at height 0. */
  bits: Int32Array = new Int32Array(64);
  children: Int32Array = new Int32Array(64 * fan);
  #nodeCount = 0;
  #freeNode = none;

  /** Bytes held. */
  get byteLength(): number {
    return this.doubles.byteLength + this.bits.byteLength + this.children.byteLength;
  }

  ticks(level: number): number {
    return this.integers[level * levelIntegers + ticks]!;
  }

  lots(level: number): number {
    return this.doubles[level * levelDoubles + lots]!;
  }

  orders(level: number): number {
    return this.integers[level * levelIntegers + orders]!;
  }

  head(level: number): number {
    return this.integers[level * levelIntegers + head]!;
  }

  above(level: number): number {
    return this.integers[level * levelIntegers + above]!;
  }

  below(level: number): number {
    return this.integers[level * levelIntegers + below]!;
  }

  addLots(level: number, more: number): void {
    const at = level * levelDoubles + lots;
    this.doubles[at] = this.doubles[at]! + more;
  }

  addLevel(priceTicks: number): number {
    let level = this.#freeLevel;
    if (level !== none) this.#freeLevel = this.above(level);
    else {
      level = this.#levelCount++;
      if (level * levelDoubles === this.doubles.length) {
        this.doubles = grown(this.doubles, this.doubles.length * 2);
        this.integers = new Int32Array(this.doubles.buffer);
      }
    }
    const integers = this.integers;
    const at = level * levelIntegers;
    this.doubles[level * levelDoubles + lots] = 0;
    integers[at + ticks] = priceTicks;
    integers[at + orders] = 0;
    integers[at + head] = none;
    integers[at + tail] = none;
    return level;
  }

  freeLevel(level: number): void {
    this.integers[level * levelIntegers + above] = this.#freeLevel;
    this.#freeLevel = level;
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

  /**
   * Puts an item at the end of a level's queue; says whether it is the first there. The caller has the links: item i's next in
   * `links[i * stride + at]`, its previous one behind it.
   */
  append(level: number, item: number, links: Int32Array, stride: number, at: number): boolean {
    const integers = this.integers;
    const record = level * levelIntegers;
    const last = integers[record + tail]!;
    links[item * stride + at] = none;
    links[item * stride + at + 1] = last;
    if (last === none) integers[record + head] = item;
    else links[last * stride + at] = item;
    integers[record + tail] = item;
    integers[record + orders]!++;
    return last === none;
  }

  /** Takes an item out of a level's queue; says whether the level is now empty. */
  unlink(level: number, item: number, links: Int32Array, stride: number, at: number): boolean {
    const integers = this.integers;
    const record = level * levelIntegers;
    const next = links[item * stride + at]!;
    const previous = links[item * stride + at + 1]!;
    if (previous === none) integers[record + head] = next;
    else links[previous * stride + at] = next;
    if (next === none) integers[record + tail] = previous;
    else links[next * stride + at + 1] = previous;
    return --integers[record + orders]! === 0;
  }

  /** Puts a level into the chain below another, or above all others if that is `none`; gives the one below it. */
  chain(level: number, levelAbove: number, highest: number): number {
    const integers = this.integers;
    const levelBelow = levelAbove === none ? highest : this.below(levelAbove);
    integers[level * levelIntegers + above] = levelAbove;
    integers[level * levelIntegers + below] = levelBelow;
    if (levelAbove !== none) integers[levelAbove * levelIntegers + below] = level;
    if (levelBelow !== none) integers[levelBelow * levelIntegers + above] = level;
    return levelBelow;
  }

  unchain(level: number): void {
    const integers = this.integers;
    const levelAbove = this.above(level);
    const levelBelow = this.below(level);
    if (levelAbove !== none) integers[levelAbove * levelIntegers + below] = levelBelow;
    if (levelBelow !== none) integers[levelBelow * levelIntegers + above] = levelAbove;
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
    const above = this.#above(priceTicks);
    const below = arena.chain(level, above, this.highest);
    if (above === none) this.highest = level;
    if (below === none) this.lowest = level;
    this.#setChild(0, priceTicks, level);
    return level;
  }

  /** Takes out an empty level and frees it. */
  remove(level: number): void {
    const arena = this.#arena;
    if (level === this.highest) this.highest = arena.below(level);
    if (level === this.lowest) this.lowest = arena.above(level);
    arena.unchain(level);
    const priceTicks = arena.ticks(level);
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
    const { bits, children } = this.#arena;
    if (this.highest === none || priceTicks > this.#arena.ticks(this.highest)) return none;
    if (priceTicks < this.#arena.ticks(this.lowest)) return this.lowest;
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
}
