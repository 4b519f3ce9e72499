import { type Diagnostic, type MarginModel } from "../../margin-model.ts";
import { netMarginModel } from "../shared/net-margin-model.ts";
import { missingTerm, type NetMarginTerm, settlementOnlyTerms } from "../shared/net-margin-result.ts";
import { unlistedReasons } from "../shared/unsupported.ts";
import { type VenueBook, type VenuePerp } from "../shared/venue-book.ts";
import { type HyperliquidSheet, hyperliquidMainnetSheet } from "./sheet.ts";
import { initialMarginUsd, maintenanceMarginUsd, type MarginTiers } from "./tiers.ts";

export interface HyperliquidModelOptions {
  /** Default {@link hyperliquidMainnetSheet}. */
  readonly sheet?: HyperliquidSheet;
  /** Leverage chosen for every position. Default: the largest allowed. */
  readonly leverage?: number;
}

/** The currency of the clearinghouse. */
export const hyperliquidSettlement = "USDC";

/**
 * Hyperliquid's cross margin: USDC and unrealised profit against perpetuals. Spot balances lie in another wallet and count
 * for nothing. Options, dated futures and borrowed coins are unsupported.
 *
 * @see docs/venues/hyperliquid.md
 */
export function hyperliquidCrossModel(options: HyperliquidModelOptions = {}): MarginModel {
  const { sheet = hyperliquidMainnetSheet, leverage = Infinity } = options;
  return netMarginModel({
    id: "hyperliquid-cross",
    title: "Hyperliquid cross",
    venue: "hyperliquid",
    settlementAsset: hyperliquidSettlement,
    groups: {
      collateral: {
        label: "Balances that are no collateral",
        rule: "Hyperliquid, Margining: cross collateral is USDC",
      },
      perpetuals: {
        label: "Perpetuals",
        rule: "Hyperliquid, Margin tiers: notional ÷ leverage; half at the tier's leverage",
      },
    },
    uncounted: "no collateral in cross margin",
    refusals: (book) => unsupported(book, sheet, ": cross margin accounts do not borrow coins."),
    margin(book) {
      return {
        terms: [
          ...settlementOnlyTerms(book.holdings, hyperliquidSettlement),
          ...book.perps.map((perp) => perpTerm(perp, sheet, leverage)),
        ],
        diagnostics: orderFindings(book),
      };
    },
  });
}

/** Why a book cannot be held. `noLoan` follows the name of an owed coin. */
export const unsupported = (book: VenueBook, sheet: HyperliquidSheet, noLoan: string): readonly string[] =>
  unlistedReasons(book, {
    venue: "Hyperliquid",
    hasPerpetual: (underlying) => tiersOf(sheet, underlying).length > 0,
    noPerpetual: "the sheet has no margin table for it.",
    canOwe: (asset) => asset === hyperliquidSettlement,
    noLoan,
  });

export const tiersOf = (sheet: HyperliquidSheet, underlying: string): MarginTiers =>
  sheet.marginTables.find(({ underlyings }) => underlyings.includes(underlying))?.tiers ?? [];

export function orderFindings({ holdings, perps }: VenueBook): readonly Diagnostic[] {
  const resting = [...perps, ...holdings].reduce((total, { orders }) => total + orders, 0);
  if (resting === 0) return [];
  return [missingTerm(`How much ${resting} resting orders reserve is not published: they are not margined.`)];
}

/** A position's part: its profit, less its margin. */
export function perpTerm(
  { underlying, base, priceUsd, profitUsd }: VenuePerp,
  sheet: HyperliquidSheet,
  leverage: number,
): NetMarginTerm {
  const tiers = tiersOf(sheet, underlying);
  const notionalUsd = Math.abs(base) * priceUsd;
  return {
    group: "perpetuals",
    item: underlying,
    equityUsd: profitUsd,
    initialNet: profitUsd - initialMarginUsd(tiers, notionalUsd, leverage),
    maintenanceNet: profitUsd - maintenanceMarginUsd(tiers, notionalUsd),
  };
}
