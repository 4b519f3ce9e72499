import { grown } from "./columns.ts";

/** Resting orders, one slot each. `orderId` 0 says that the slot is free. For the pool and its books: others read through the pool. */
export class OrderColumns {
  orderId: Float64Array = new Float64Array(64);
  account: Uint32Array = new Uint32Array(64);
  instrument: Uint32Array = new Uint32Array(64);
  side: Uint8Array = new Uint8Array(64);
  flags: Uint16Array = new Uint16Array(64);
  priceTicks: Int32Array = new Int32Array(64);
  remainingLots: Float64Array = new Float64Array(64);
  filledLots: Float64Array = new Float64Array(64);
  clientOrderId: Float64Array = new Float64Array(64);
  expiryMs: Float64Array = new Float64Array(64);
  priority: Float64Array = new Float64Array(64);
  /** Derived: the order's level and its neighbours in the level's queue. */
  level: Int32Array = new Int32Array(64);
  next: Int32Array = new Int32Array(64);
  previous: Int32Array = new Int32Array(64);

  get capacity(): number {
    return this.orderId.length;
  }

  grow(capacity: number): void {
    this.orderId = grown(this.orderId, capacity);
    this.account = grown(this.account, capacity);
    this.instrument = grown(this.instrument, capacity);
    this.side = grown(this.side, capacity);
    this.flags = grown(this.flags, capacity);
    this.priceTicks = grown(this.priceTicks, capacity);
    this.remainingLots = grown(this.remainingLots, capacity);
    this.filledLots = grown(this.filledLots, capacity);
    this.clientOrderId = grown(this.clientOrderId, capacity);
    this.expiryMs = grown(this.expiryMs, capacity);
    this.priority = grown(this.priority, capacity);
    this.level = grown(this.level, capacity);
    this.next = grown(this.next, capacity);
    this.previous = grown(this.previous, capacity);
  }
}
