import { type Diagnostic, type MarginModel } from "../../margin-model.ts";
import { netMarginModel } from "../shared/net-margin-model.ts";
import { missingTerm, type NetMarginTerm } from "../shared/net-margin-result.ts";
import { type VenueBook, type VenueHolding } from "../shared/venue-book.ts";
import {
  type HyperliquidModelOptions,
  hyperliquidSettlement,
  orderFindings,
  perpTerm,
  unsupported,
} from "./cross-model.ts";
import { type HyperliquidSheet, hyperliquidMainnetSheet } from "./sheet.ts";

type Collateral = HyperliquidSheet["portfolio"]["collateral"][number];

/**
 * Hyperliquid's portfolio margin: spot and perpetuals on one balance, USDC borrowed against eligible coins. Liquidation
 * when
 *
 *     (20 + Σ cross maintenance margin + borrowed USDC) ÷ (USDC + profit + min(borrow cap, Σ min(coins, supply cap) × price × (0.5 + 0.5 × LTV))) > 0.95
 *
 * so the net maintenance margin is the divisor less the dividend ÷ 0.95. To open, coins count at their LTV and perpetuals
 * ask for their initial margin. No risk nets across coins: margins add up.
 *
 * @see docs/venues/hyperliquid.md
 */
export function hyperliquidPortfolioModel(options: HyperliquidModelOptions = {}): MarginModel {
  const { sheet = hyperliquidMainnetSheet, leverage = Infinity } = options;
  return netMarginModel({
    id: "hyperliquid-portfolio",
    title: "Hyperliquid PM",
    venue: "hyperliquid",
    settlementAsset: hyperliquidSettlement,
    groups: {
      collateral: {
        label: "Balances beyond what may be borrowed on them",
        rule: "Hyperliquid, Portfolio margin: 0.5 + 0.5 × LTV; LTV to open",
      },
      debt: {
        label: "Borrowed USDC",
        rule: "Hyperliquid, Portfolio margin: liquidated above a ratio of 0.95",
      },
      perpetuals: { label: "Perpetuals", rule: "Hyperliquid, Margin tiers, over the ratio of 0.95" },
      offset: { label: "Fixed offset", rule: "Hyperliquid, Portfolio margin: 20 USD" },
    },
    uncounted: "cannot be borrowed against",
    refusals: (book) => unsupported(book, sheet, `: only ${hyperliquidSettlement} can be borrowed.`),
    margin(book) {
      return {
        terms: termsOf(book, sheet, leverage),
        diagnostics: [...findings(book, sheet), ...orderFindings(book)],
      };
    },
  });
}

const collateralOf = (sheet: HyperliquidSheet, asset: string): Collateral | undefined =>
  sheet.portfolio.collateral.find(({ assets }) => assets.includes(asset));

function findings({ holdings }: VenueBook, sheet: HyperliquidSheet): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  let borrows = false;
  for (const { asset } of holdings) {
    if (asset === hyperliquidSettlement) continue;
    const collateral = collateralOf(sheet, asset);
    if (!collateral) continue;
    borrows = true;
    if (collateral.supplyCap === undefined) {
      found.push(missingTerm(`The supply cap of ${asset} is not in the sheet: not applied.`));
    }
  }
  if (borrows && sheet.portfolio.borrowCapUsd === undefined) {
    found.push(missingTerm("The borrow cap is not in the sheet: not applied."));
  }
  return found;
}

function termsOf(book: VenueBook, sheet: HyperliquidSheet, leverage: number): readonly NetMarginTerm[] {
  const { liquidationRatio, offsetUsd, borrowCapUsd = Infinity } = sheet.portfolio;
  const lendable = (holding: VenueHolding, rate: (ltv: number) => number): number => {
    const collateral = collateralOf(sheet, holding.asset);
    if (!collateral || holding.amount <= 0) return 0;
    const counted = Math.min(holding.amount, collateral.supplyCap ?? Infinity);
    return counted * holding.priceUsd * rate(collateral.ltv);
  };
  const scaleOf = (rate: (ltv: number) => number): number => {
    const total = book.holdings.reduce((sum, holding) => sum + lendable(holding, rate), 0);
    return total > borrowCapUsd ? borrowCapUsd / total : 1;
  };
  const openRate = (ltv: number): number => ltv;
  const keepRate = (ltv: number): number => 0.5 + 0.5 * ltv;
  const openScale = scaleOf(openRate);
  const keepScale = scaleOf(keepRate);
  const terms = book.holdings.map((holding): NetMarginTerm => {
    const { asset, amount, equityUsd } = holding;
    if (asset === hyperliquidSettlement) {
      // A debt is in the dividend of the ratio, a balance in the divisor.
      const maintenanceNet = amount < 0 ? equityUsd / liquidationRatio : equityUsd;
      return {
        group: amount < 0 ? "debt" : "collateral",
        item: asset,
        equityUsd,
        initialNet: equityUsd,
        maintenanceNet,
      };
    }
    return {
      group: "collateral",
      item: asset,
      equityUsd,
      initialNet: lendable(holding, openRate) * openScale,
      maintenanceNet: lendable(holding, keepRate) * keepScale,
    };
  });
  const perps = book.perps.map((perp): NetMarginTerm => {
    const term = perpTerm(perp, sheet, leverage);
    const margin = term.equityUsd - term.maintenanceNet;
    return { ...term, maintenanceNet: term.equityUsd - margin / liquidationRatio };
  });
  // An account that neither borrows nor holds a perpetual has nothing to liquidate.
  if (perps.length === 0 && !terms.some(({ group }) => group === "debt")) return terms;
  const offset = -offsetUsd / liquidationRatio;
  return [
    ...terms,
    ...perps,
    { group: "offset", item: "account", equityUsd: 0, initialNet: offset, maintenanceNet: offset },
  ];
}
