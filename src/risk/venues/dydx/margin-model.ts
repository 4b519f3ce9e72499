import { type Diagnostic, type MarginModel } from "../../margin-model.ts";
import { netMarginModel } from "../shared/net-margin-model.ts";
import { missingTerm, type NetMarginTerm, note, settlementOnlyTerms } from "../shared/net-margin-result.ts";
import { unlistedReasons } from "../shared/unsupported.ts";
import { tokenUnits, type VenuePerp } from "../shared/venue-book.ts";
import { initialMargin, maintenanceMargin } from "./liquidity-tier.ts";
import { dydxV4Sheet, type DydxSheet } from "./sheet.ts";

export interface DydxModelOptions {
  /** Default {@link dydxV4Sheet}. */
  readonly sheet?: DydxSheet;
  /** The account's own initial fraction, ppm: a cap on its leverage. Default 0: none. */
  readonly customInitialMarginPpm?: number;
}

type Tier = DydxSheet["tiers"][number];

const collateral = "USDC";
const micros = (x: number): bigint => tokenUnits(x, 6);

/**
 * dYdX v4's cross margin: USDC and unrealised profit against perpetuals by liquidity tier. Other coins cannot be
 * deposited; options, dated futures and markets of no tier are unsupported.
 *
 * @see docs/venues/dydx.md
 */
export function dydxV4Model({
  sheet = dydxV4Sheet,
  customInitialMarginPpm = 0,
}: DydxModelOptions = {}): MarginModel {
  return netMarginModel({
    id: "dydx-v4",
    title: "dYdX v4",
    venue: "dydx",
    settlementAsset: collateral,
    groups: {
      collateral: { label: "Balances that are no collateral", rule: "dYdX v4: collateral is USDC" },
      perpetuals: {
        label: "Perpetuals",
        rule: "dYdX v4: notional × fraction of its liquidity tier, rounded up",
      },
    },
    uncounted: "cannot be deposited",
    refusals: (book) =>
      unlistedReasons(book, {
        venue: "dYdX",
        hasPerpetual: (underlying) => tierOf(sheet, underlying) !== undefined,
        noPerpetual: "the sheet puts it in no liquidity tier.",
        canOwe: (asset) => asset === collateral,
        noLoan: `: dYdX lends only ${collateral}.`,
      }),
    margin(book) {
      const diagnostics: Diagnostic[] = [];
      for (const { asset, orders } of book.holdings) {
        if (orders > 0) diagnostics.push(note("orders-ignored", `${asset} has no spot market on dYdX.`));
      }
      for (const { underlying, orders } of book.perps) {
        const tier = tierOf(sheet, underlying);
        if (tier && tier.openInterestUpperUsd > 0 && openInterestOf(sheet, underlying) === undefined) {
          diagnostics.push(
            missingTerm(
              `The open interest of ${underlying}-USD is not in the sheet: its initial fraction is not scaled.`,
            ),
          );
        }
        if (orders > 0) {
          diagnostics.push(
            note("orders-ignored", `Resting orders on ${underlying}-USD need no margin until they fill.`),
          );
        }
      }
      return {
        terms: [
          ...settlementOnlyTerms(book.holdings, collateral),
          ...book.perps.map((perp) => perpTerm(perp, sheet, customInitialMarginPpm)),
        ],
        diagnostics,
      };
    },
  });
}

const tierOf = (sheet: DydxSheet, underlying: string): Tier | undefined =>
  sheet.tiers.find(({ underlyings }) => underlyings.includes(underlying));

const openInterestOf = (sheet: DydxSheet, underlying: string): number | undefined =>
  sheet.openInterest.find((entry) => entry.underlying === underlying)?.usd;

function perpTerm(
  { underlying, base, priceUsd, profitUsd }: VenuePerp,
  sheet: DydxSheet,
  customInitialMarginPpm: number,
): NetMarginTerm {
  const term = { group: "perpetuals", item: underlying, equityUsd: profitUsd };
  const tier = tierOf(sheet, underlying);
  if (!tier) return { ...term, initialNet: 0, maintenanceNet: 0 };
  const exact = {
    initialMarginPpm: BigInt(tier.initialMarginPpm),
    maintenanceFractionPpm: BigInt(tier.maintenanceFractionPpm),
    openInterestLower: micros(tier.openInterestLowerUsd),
    openInterestUpper: micros(tier.openInterestUpperUsd),
  };
  const notional = micros(Math.abs(base) * priceUsd);
  const openInterest = micros(openInterestOf(sheet, underlying) ?? 0);
  const initial = initialMargin(notional, exact, openInterest, BigInt(customInitialMarginPpm));
  return {
    ...term,
    initialNet: profitUsd - Number(initial) / 1e6,
    maintenanceNet: profitUsd - Number(maintenanceMargin(notional, exact)) / 1e6,
  };
}
