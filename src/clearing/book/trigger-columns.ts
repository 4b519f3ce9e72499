import { grown } from "./columns.ts";

/** Waiting orders, one slot each. `orderId` 0 says that the slot is free. */
export class TriggerColumns {
  orderId: Float64Array = new Float64Array(64);
  account: Uint32Array = new Uint32Array(64);
  instrument: Uint32Array = new Uint32Array(64);
  triggerTicks: Int32Array = new Int32Array(64);
  limitTicks: Int32Array = new Int32Array(64);
  side: Uint8Array = new Uint8Array(64);
  direction: Uint8Array = new Uint8Array(64);
  source: Uint8Array = new Uint8Array(64);
  timeInForce: Uint8Array = new Uint8Array(64);
  selfTrade: Uint8Array = new Uint8Array(64);
  flags: Uint16Array = new Uint16Array(64);
  lots: Float64Array = new Float64Array(64);
  clientOrderId: Float64Array = new Float64Array(64);
  expiryMs: Float64Array = new Float64Array(64);
  priority: Float64Array = new Float64Array(64);
  /** Place in the queue of those that fired, rising; 0 while it waits. */
  due: Float64Array = new Float64Array(64);
  /** Derived: its level, and its next and previous neighbour, two places each, there or among those that fired. */
  level: Int32Array = new Int32Array(64);
  links: Int32Array = new Int32Array(128);

  get capacity(): number {
    return this.orderId.length;
  }

  grow(capacity: number): void {
    this.orderId = grown(this.orderId, capacity);
    this.account = grown(this.account, capacity);
    this.instrument = grown(this.instrument, capacity);
    this.triggerTicks = grown(this.triggerTicks, capacity);
    this.limitTicks = grown(this.limitTicks, capacity);
    this.side = grown(this.side, capacity);
    this.direction = grown(this.direction, capacity);
    this.source = grown(this.source, capacity);
    this.timeInForce = grown(this.timeInForce, capacity);
    this.selfTrade = grown(this.selfTrade, capacity);
    this.flags = grown(this.flags, capacity);
    this.lots = grown(this.lots, capacity);
    this.clientOrderId = grown(this.clientOrderId, capacity);
    this.expiryMs = grown(this.expiryMs, capacity);
    this.priority = grown(this.priority, capacity);
    this.due = grown(this.due, capacity);
    this.level = grown(this.level, capacity);
    this.links = grown(this.links, capacity * 2);
  }
}
