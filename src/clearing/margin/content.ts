import { type AccountBook } from "./account-book.ts";

/** All of an account that its requirement depends on beside the epoch, as numbers: equal content, equal requirement. */
export class Content {
  #values: Float64Array = new Float64Array(1024);
  #length = 0;

  /** Takes the loaded account over; without orders what holds if none were open. */
  write(book: AccountBook, assetCount: number, withOrders: boolean): void {
    const most = assetCount + book.count * 9;
    if (this.#values.length < most) this.#values = new Float64Array(most * 2);
    const values = this.#values;
    let at = 0;
    for (let asset = 0; asset < assetCount; asset++) values[at++] = book.units[asset]!;
    for (let row = 0; row < book.count; row++) {
      const lots = book.lots[row]!;
      if (!withOrders && lots === 0) continue;
      values[at++] = book.instruments[row]!;
      values[at++] = lots;
      values[at++] = book.entryUnits[row]!;
      if (!withOrders) continue;
      values[at++] = book.openBuyLots[row]!;
      values[at++] = book.openBuyTicks[row]!;
      values[at++] = book.buyLossUnits[row]!;
      values[at++] = book.openSellLots[row]!;
      values[at++] = book.openSellTicks[row]!;
      values[at++] = book.sellLossUnits[row]!;
    }
    this.#length = at;
  }

  copy(): Float64Array {
    return this.#values.slice(0, this.#length);
  }

  equals(other: Float64Array): boolean {
    if (other.length !== this.#length) return false;
    for (let at = 0; at < other.length; at++) if (other[at] !== this.#values[at]) return false;
    return true;
  }
}
