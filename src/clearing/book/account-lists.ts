import { grown } from "./columns.ts";
import { none } from "./order.ts";

/** Each account's items, oldest first, so that visiting one account's costs no more than that. Accounts are numbered densely from 0. */
export class AccountLists {
  #head: Int32Array = new Int32Array(64).fill(none);
  #tail: Int32Array = new Int32Array(64).fill(none);
  #counts: Int32Array = new Int32Array(64);
  #next: Int32Array = new Int32Array(64);
  #previous: Int32Array = new Int32Array(64);

  count(account: number): number {
    return account < this.#counts.length ? this.#counts[account]! : 0;
  }

  /** The account's oldest item, or `none`. */
  first(account: number): number {
    return account < this.#head.length ? this.#head[account]! : none;
  }

  last(account: number): number {
    return account < this.#tail.length ? this.#tail[account]! : none;
  }

  /** The same account's next younger item, or `none`. */
  next(item: number): number {
    return this.#next[item]!;
  }

  append(account: number, item: number): void {
    if (account >= this.#head.length) this.#growAccounts(account + 1);
    if (item >= this.#next.length) {
      const capacity = Math.max(item + 1, this.#next.length * 2);
      this.#next = grown(this.#next, capacity);
      this.#previous = grown(this.#previous, capacity);
    }
    const tail = this.#tail[account]!;
    this.#next[item] = none;
    this.#previous[item] = tail;
    if (tail === none) this.#head[account] = item;
    else this.#next[tail] = item;
    this.#tail[account] = item;
    this.#counts[account] = this.#counts[account]! + 1;
  }

  remove(account: number, item: number): void {
    const before = this.#previous[item]!;
    const after = this.#next[item]!;
    if (before === none) this.#head[account] = after;
    else this.#next[before] = after;
    if (after === none) this.#tail[account] = before;
    else this.#previous[after] = before;
    this.#counts[account] = this.#counts[account]! - 1;
  }

  #growAccounts(count: number): void {
    const capacity = Math.max(count, this.#head.length * 2);
    this.#head = grown(this.#head, capacity, none);
    this.#tail = grown(this.#tail, capacity, none);
    this.#counts = grown(this.#counts, capacity);
  }
}
