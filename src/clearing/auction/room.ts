import { leavesDust } from "./dust.ts";

/** A cap on what may be in auction at once, of a market or of the venue, and how much of it is taken. One unit for both. */
export interface AuctionCap {
  readonly limit: bigint;
  readonly inAuction: bigint;
}

/** What may still go to auction under every cap; `undefined` without any. Never negative: a cap may have been lowered below what runs. */
export function roomUnder(caps: readonly AuctionCap[]): bigint | undefined {
  let least: bigint | undefined;
  for (const { limit, inAuction } of caps) {
    const room = limit > inAuction ? limit - inAuction : 0n;
    if (least === undefined || room < least) least = room;
  }
  return least;
}

/** Why no auction starts. */
export type StartRefusal =
  /** The caps are used up. Wait for running auctions to end. */
  | "noRoom"
  /** What there is room for is too small to be sold on its own. */
  | "dust";

/**
 * How much of a debt or portfolio to put up for auction: as much as there is room for, the whole when the rest would be dust. That may exceed the
 * room by less than `dust`, so that dust never keeps an account out of liquidation.
 *
 * @param whole - > 0, in the unit of `room` and `dust`.
 * @param room - ≥ 0; `undefined` is no limit.
 * @see makerdao/dss, `dog.sol`, `bark`
 */
export function startPart(whole: bigint, room: bigint | undefined, dust: bigint): bigint | StartRefusal {
  if (room === undefined || room >= whole) return whole;
  if (room <= 0n) return "noRoom";
  if (leavesDust(room, whole, dust)) return whole;
  return room < dust ? "dust" : room;
}
