import { type RandomStream, randomStream } from "../../numerics/random.ts";

/** Whether breaches of several books follow breaches of the same book more often than chance would have it. */
export interface Clustering {
  /** Breaches whose book breached in the window before, too. */
  readonly pairs: number;
  /** (1 + draws with at least as many pairs) / (1 + draws). */
  readonly pValue: number;
}

/**
 * Independence over time of breaches of many books on the same instants, by permutation: instants are put in random order, all that
 * happened at one of them moves together, and pairs are counted again. Holds whatever the dependence between the books;
 * Christoffersen's test, which takes the books for independent, would reject a good model because all books breach on one day.
 *
 * One-sided: at 1 % there is no room for fewer pairs than chance gives.
 *
 * @param instants - their number. @param breaches - of each book the instants, 0 to instants − 1, at which it breached.
 */
export function clusteringTest(input: {
  readonly instants: number;
  readonly breaches: readonly (readonly number[])[];
  readonly draws: number;
  readonly seed: number;
}): Clustering {
  const { instants, breaches, draws } = input;
  const stream = randomStream(input.seed);
  const order = Int32Array.from({ length: instants }, (_, at) => at);
  const observed = pairsIn(breaches, order);
  let atLeast = 0;
  for (let draw = 0; draw < draws; draw++) {
    shuffle(order, stream);
    if (pairsIn(breaches, order) >= observed) atLeast += 1;
  }
  return { pairs: observed, pValue: (1 + atLeast) / (1 + draws) };
}

function pairsIn(breaches: readonly (readonly number[])[], order: Int32Array): number {
  let pairs = 0;
  for (const book of breaches) {
    const at = new Set<number>();
    for (const instant of book) at.add(order[instant]!);
    for (const instant of at) if (at.has(instant + 1)) pairs += 1;
  }
  return pairs;
}

function shuffle(order: Int32Array, stream: RandomStream): void {
  for (let at = order.length - 1; at > 0; at--) {
    const other = stream.nextBelow(at + 1);
    const kept = order[at]!;
    order[at] = order[other]!;
    order[other] = kept;
  }
}
