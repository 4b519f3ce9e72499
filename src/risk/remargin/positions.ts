import { tileRowBytes } from "../../numerics/wasm/remargin-kernel.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type LotBook } from "./book.ts";
import { type RemarginLayout } from "./layout.ts";

/** The accounts' positions as they stand in the kernel's memory. A position is known by its place. */
export interface Positions {
  readonly accountCount: number;
  /** First place of an account. */
  from(account: number): number;
  /** One past its last. */
  to(account: number): number;
  instrument(place: number): number;
  /** 0 for a position that was closed: its place is free. */
  lots(place: number): number;
  /** Adds lots to an account's position, opening it if need be. @throws {PlimsollError} `PLM_LIMIT` when there is no place. */
  add(account: number, instrument: number, lots: number): void;
}

/** Writes a book into the kernel's memory, with `spare` free places after each account's positions. */
export function writePositions(
  book: LotBook,
  layout: RemarginLayout,
  spare: number,
  words: Uint32Array,
  doubles: Float64Array,
): Positions {
  const { accountCount, starts } = book;
  const spans = layout.spans / 4;
  const offsets = layout.offsets / 4;
  const lotsAt = layout.lots / 8;
  const firstOf = (account: number): number => (starts[account] ?? 0) + account * spare;
  for (let a = 0; a < accountCount; a++) {
    const source = starts[a] ?? 0;
    const count = (starts[a + 1] ?? 0) - source;
    const first = firstOf(a);
    words[spans + 2 * a] = first;
    words[spans + 2 * a + 1] = first + count;
    for (let i = 0; i < count; i++) {
      words[offsets + first + i] = (book.instruments[source + i] ?? 0) * tileRowBytes;
      doubles[lotsAt + first + i] = book.lots[source + i] ?? 0;
    }
  }

  const from = (account: number): number => words[spans + 2 * account] ?? 0;
  const to = (account: number): number => words[spans + 2 * account + 1] ?? 0;
  const instrument = (place: number): number => (words[offsets + place] ?? 0) / tileRowBytes;
  const lots = (place: number): number => doubles[lotsAt + place] ?? 0;

  /** Where the account holds the instrument, else a place that is free, else the place after its last. */
  function placeFor(account: number, wanted: number): number {
    const end = to(account);
    let free = end;
    for (let place = end - 1; place >= from(account); place--) {
      if (instrument(place) === wanted) return place;
      if (lots(place) === 0) free = place;
    }
    return free;
  }

  return {
    accountCount,
    from,
    to,
    instrument,
    lots,
    add(account, wanted, change) {
      const place = placeFor(account, wanted);
      if (place === to(account)) {
        if (place >= firstOf(account + 1)) {
          throw new PlimsollError("PLM_LIMIT", {
            field: `account ${account}`,
            value: place - from(account),
            limit: "as many positions as the book had, and sparePositions more",
            remedy: "Make the engine with more sparePositions, or anew from the current book.",
          });
        }
        words[spans + 2 * account + 1] = place + 1;
        doubles[lotsAt + place] = 0;
      }
      if (instrument(place) !== wanted) words[offsets + place] = wanted * tileRowBytes;
      doubles[lotsAt + place] = lots(place) + change;
    },
  };
}
