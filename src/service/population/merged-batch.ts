import { type FeedBatch, type FeedPrice, type PublisherPrices } from "../feeds/index.ts";

/** Two batches as one at the later's time: what the later says of a feed or perpetual is in place of what the former did. */
export function mergedBatch(former: FeedBatch, later: FeedBatch): FeedBatch {
  return {
    timeMs: later.timeMs,
    listings: [...former.listings, ...later.listings],
    prices: mergedPrices(former.prices, later.prices),
    surfaces: [...former.surfaces, ...later.surfaces],
    fair: [
      ...former.fair.filter(({ instrument }) => !later.fair.some((one) => one.instrument === instrument)),
      ...later.fair,
    ],
  };
}

function mergedPrices(
  former: readonly PublisherPrices[],
  later: readonly PublisherPrices[],
): readonly PublisherPrices[] {
  const publishers = new Map<number, Map<string, FeedPrice>>();
  for (const { publisher, prices } of [...former, ...later]) {
    const said = publishers.get(publisher) ?? new Map<string, FeedPrice>();
    publishers.set(publisher, said);
    for (const price of prices) said.set(price.feed, price);
  }
  return [...publishers].map(([publisher, said]) => ({ publisher, prices: [...said.values()] }));
}
