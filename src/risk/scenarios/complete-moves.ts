/**
 * Completes a spot's moves, equations (7d) and (7e). What each departs from the market's move, by the slope through the origin
 * over all of them, counts `stretch` times: what goes together goes less together when it matters. Before its own
 * past begins a spot moves by that slope, the less of its past there is the more by its class's, and departs as it did at another
 * time, {@link ringOf}.
 *
 * @param moves - changes of ln(spot), NaN where the spot has none; filled in place. @param market - the reference's at the same instants.
 */
export function completeMoves(
  moves: Float64Array,
  market: Float64Array,
  {
    classSlope,
    ownPart,
    stretch,
    ring,
  }: { classSlope: number; ownPart: number; stretch: number; ring: Uint32Array },
): void {
  let cross = 0;
  let square = 0;
  let count = 0;
  for (const [index, move] of moves.entries()) {
    if (Number.isNaN(move)) continue;
    const reference = market[index] ?? 0;
    cross += move * reference;
    square += reference * reference;
    count += 1;
  }
  if (count === 0) return;
  const slope = square > 0 ? cross / square : 0;
  const departures = new Float64Array(moves.length).fill(Number.NaN);
  for (const [index, move] of moves.entries()) {
    if (Number.isNaN(move)) continue;
    const expected = slope * (market[index] ?? 0);
    const departure = stretch * (move - expected);
    departures[index] = departure;
    if (stretch !== 1) moves[index] = expected + departure;
  }
  const before = ownPart * slope + (1 - ownPart) * classSlope;
  let next = 0;
  // Twice around, backwards: the first time finds what follows the last.
  for (let turn = 2 * ring.length - 1; turn >= 0; turn--) {
    const index = ring[turn % ring.length] ?? 0;
    const own = departures[index] ?? Number.NaN;
    if (!Number.isNaN(own)) next = own;
    else if (turn < ring.length) moves[index] = before * (market[index] ?? 0) + next;
  }
}

/** More moves than any history holds; times 2^32 still a whole number of float64. */
const ringPlaces = 2_097_152;

/**
 * The order of moves around a ring, by a mix of the numbers that they keep. A missing move is filled by the next known one around it: the same
 * instant's for every spot that knows it, so that what coins did together they do together; and a new known move takes over the
 * missing ones right before it and no other.
 */
export function ringOf(ids: Uint32Array): Uint32Array {
  const places = new Float64Array(ids.length);
  for (const [index, id] of ids.entries()) {
    let mixed = Math.imul(id + 1, 0x9e3779b1) >>> 0;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    // The place above, the index below: one sort of plain numbers.
    places[index] = ((mixed ^ (mixed >>> 14)) >>> 0) * ringPlaces + index;
  }
  places.sort();
  return Uint32Array.from(places, (place) => place % ringPlaces);
}
