import { type Market } from "../../../market/index.ts";
import { type Diagnostic, type MarginModel } from "../../margin-model.ts";
import {
  type NetMarginRule,
  netMarginResult,
  type NetMarginTerm,
  unsupportedResult,
} from "./net-margin-result.ts";
import { type VenueBook, venueBook } from "./venue-book.ts";

/** A venue of spot balances, and maybe linear perpetuals, whose rule yields a net margin. */
export interface NetMarginVenue extends Pick<NetMarginRule, "groups" | "uncounted"> {
  readonly id: string;
  readonly title: string;
  readonly venue: string;
  /** What perpetuals settle in, and fiat counts as. */
  readonly settlementAsset: string;
  /** Why the venue cannot hold a book, as sentences; empty when it can. */
  readonly refusals: (book: VenueBook) => readonly string[];
  /** Margins a book that it can. */
  readonly margin: (
    book: VenueBook,
    market: Market,
  ) => { readonly terms: readonly NetMarginTerm[]; readonly diagnostics: readonly Diagnostic[] };
}

/** The margin model of such a venue. */
export const netMarginModel = ({
  id,
  title,
  venue,
  settlementAsset,
  refusals,
  margin,
  groups,
  uncounted,
}: NetMarginVenue): MarginModel => ({
  id,
  title,
  venue,
  margin(portfolio, market) {
    const book = venueBook(portfolio, market, settlementAsset);
    const reasons = refusals(book);
    if (reasons.length > 0) return unsupportedResult(id, reasons, book.diagnostics);
    const { terms, diagnostics } = margin(book, market);
    return netMarginResult({
      model: id,
      value: book.value,
      groups,
      terms,
      uncounted,
      diagnostics: [...book.diagnostics, ...diagnostics],
    });
  },
});
