import { type VenueBook } from "./venue-book.ts";

/** What a venue of spot balances and linear perpetuals lists, and why it refuses the rest. */
export interface VenueListing {
  /** As sentences name it: `dYdX`. */
  readonly venue: string;
  readonly hasPerpetual: (underlying: string) => boolean;
  /** `the sheet has no such market.` */
  readonly noPerpetual: string;
  readonly canOwe: (asset: string) => boolean;
  /** Follows the name of an asset that is owed: ` is owed, …`. */
  readonly noLoan: string;
  /** Spot orders. Absent: they are another matter than that of the listing. */
  readonly spotOrders?: { readonly hasMarket: (asset: string) => boolean; readonly noMarket: string };
}

/** Why such a venue cannot hold a book, as sentences; empty when it can. */
export function unlistedReasons(
  { foreign, perps, holdings }: VenueBook,
  listing: VenueListing,
): readonly string[] {
  const { venue, hasPerpetual, noPerpetual, canOwe, noLoan, spotOrders } = listing;
  return [
    ...foreign.map((name) => `${name}: ${venue} has no options and no dated futures.`),
    ...perps
      .filter(({ underlying }) => !hasPerpetual(underlying))
      .map(({ underlying }) => `${underlying} perpetual: ${noPerpetual}`),
    ...holdings.flatMap(({ asset, amount, orders }): readonly string[] => {
      if (amount < 0 && !canOwe(asset)) return [`${asset} is owed${noLoan}`];
      if (orders > 0 && spotOrders && !spotOrders.hasMarket(asset)) {
        return [`${asset} orders: ${spotOrders.noMarket}`];
      }
      return [];
    }),
  ];
}

/** Why a venue that lends tokens and nothing else cannot hold a book. */
export const derivativeReasons = ({ foreign, perps }: VenueBook, venue: string): readonly string[] =>
  [...foreign, ...perps.map(({ underlying }) => `${underlying} perpetual`)].map(
    (name) => `${name}: ${venue} lends tokens and has no derivatives.`,
  );
