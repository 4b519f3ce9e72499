import { grown } from "./columns.ts";

/** Float64 numbers and 32-bit integers in one record. */
export const orderDoubles = 8;
export const orderIntegers = 16;

/**
 * Places in an order's record, of float64 numbers the first five, of 32-bit integers the others: what matching reads and writes of
 * an order fills one cache line of 64 bytes. `orderId` 0 says that the slot is free. `level`, and the neighbours `next` and
 * `previous` in the level's queue, are derived.
 */
export const orderFields = {
  orderId: 0,
  priority: 1,
  remainingLots: 2,
  filledLots: 3,
  expiryMs: 4,
  account: 10,
  priceTicks: 11,
  /** The side in the lowest bit, flags from the eighth up. */
  sideFlags: 12,
  level: 13,
  next: 14,
  previous: 15,
} as const;

/** Resting orders, one slot each. For the pool and its books: others read through the pool. */
export class OrderRecords {
  doubles: Float64Array = new Float64Array(64 * orderDoubles);
  integers: Int32Array = new Int32Array(this.doubles.buffer);
  /** What matching does not need. */
  instrument: Uint32Array = new Uint32Array(64);
  clientOrderId: Float64Array = new Float64Array(64);

  get capacity(): number {
    return this.instrument.length;
  }

  grow(capacity: number): void {
    this.doubles = grown(this.doubles, capacity * orderDoubles);
    this.integers = new Int32Array(this.doubles.buffer);
    this.instrument = grown(this.instrument, capacity);
    this.clientOrderId = grown(this.clientOrderId, capacity);
  }
}
