import { grown } from "./columns.ts";
import { none } from "./order.ts";

// per account: its first and last item plus one, so that 0 is none, and how many
const stride = 4;
const lastAt = 1;
const countAt = 2;

/** Each account's items, oldest first, so that visiting one account's costs no more than that. Accounts are numbered densely from 0. */
export class AccountLists {
  #accounts: Int32Array = new Int32Array(64 * stride);
  /** Per item: the next and the previous plus one. */
  #links: Int32Array = new Int32Array(128);

  count(account: number): number {
    const at = account * stride + countAt;
    return at < this.#accounts.length ? this.#accounts[at]! : 0;
  }

  /** The account's oldest item, or `none`. */
  first(account: number): number {
    const at = account * stride;
    return at < this.#accounts.length ? this.#accounts[at]! - 1 : none;
  }

  /** The same account's next younger item, or `none`. */
  next(item: number): number {
    return this.#links[item * 2]! - 1;
  }

  append(account: number, item: number): void {
    const at = account * stride;
    if (at >= this.#accounts.length) {
      this.#accounts = grown(this.#accounts, Math.max(at + stride, this.#accounts.length * 2));
    }
    if (item * 2 >= this.#links.length) {
      this.#links = grown(this.#links, Math.max(item * 2 + 2, this.#links.length * 2));
    }
    const accounts = this.#accounts;
    const links = this.#links;
    const last = accounts[at + lastAt]!;
    links[item * 2] = 0;
    links[item * 2 + 1] = last;
    if (last === 0) accounts[at] = item + 1;
    else links[last * 2 - 2] = item + 1;
    accounts[at + lastAt] = item + 1;
    accounts[at + countAt]!++;
  }

  remove(account: number, item: number): void {
    const at = account * stride;
    const accounts = this.#accounts;
    const links = this.#links;
    const next = links[item * 2]!;
    const previous = links[item * 2 + 1]!;
    if (previous === 0) accounts[at] = next;
    else links[previous * 2 - 2] = next;
    if (next === 0) accounts[at + lastAt] = previous;
    else links[next * 2 - 1] = previous;
    accounts[at + countAt]!--;
  }
}
