import { type Diagnostic, type MarginModel } from "../../margin-model.ts";
import { netMarginModel } from "../shared/net-margin-model.ts";
import { missingTerm, type NetMarginTerm } from "../shared/net-margin-result.ts";
import { unlistedReasons } from "../shared/unsupported.ts";
import { tokenUnits, type VenueBook, type VenueHolding, type VenuePerp } from "../shared/venue-book.ts";
import { type DriftAccount, driftMargin } from "./margin-calculation.ts";
import { type DriftPerpMarket } from "./perp.ts";
import { type DriftSheet, driftV2Sheet } from "./sheet.ts";
import { type DriftSpotMarket } from "./spot.ts";

export interface DriftModelOptions {
  /** Default {@link driftV2Sheet}. */
  readonly sheet?: DriftSheet;
  /** The user's own cap on leverage, as an initial margin ratio. Default 0: none. */
  readonly maxMarginRatio?: number;
  /** Five-minute average prices by asset, USD, for the strict prices of initial margin. One that is absent is the price itself. */
  readonly averagePricesUsd?: Readonly<Record<string, number>>;
}

/** What a term is margined with, beside its own figures. */
interface Setting {
  readonly sheet: DriftSheet;
  readonly maxMarginRatio: number;
  readonly averagePricesUsd: Readonly<Record<string, number>>;
  readonly quoteAsset: string;
  readonly quotePriceUsd: number;
}

type SpotParameters = DriftSheet["spotMarkets"][number];
type PerpParameters = DriftSheet["perpMarkets"][number];

const weight = (fraction: number): bigint => tokenUnits(fraction, 4);
const micros = (x: number): bigint => tokenUnits(x, 6);

/**
 * Drift v2's cross margin over spot balances and linear perpetuals. Options and dated futures are unsupported; isolated
 * positions belong to accounts of their own.
 *
 * @see docs/venues/drift.md
 */
export function driftV2Model({
  sheet = driftV2Sheet,
  maxMarginRatio = 0,
  averagePricesUsd = {},
}: DriftModelOptions = {}): MarginModel {
  const quoteAsset = sheet.spotMarkets[0]?.assets[0] ?? "USDC";
  const listed = (asset: string): boolean => spotOf(sheet, asset) !== undefined;
  return netMarginModel({
    id: "drift-v2",
    title: "Drift v2 cross",
    venue: "drift",
    settlementAsset: quoteAsset,
    groups: {
      collateral: { label: "Deposits beyond their weight", rule: "Drift v2: value × asset weight" },
      debt: { label: "Borrows, weighted", rule: "Drift v2: value × liability weight" },
      perpetuals: {
        label: "Perpetuals",
        rule: "Drift v2: worst-case size × price × margin ratio, profit weighted",
      },
    },
    uncounted: "without a market in the sheet",
    refusals: (book) =>
      unlistedReasons(book, {
        venue: "Drift",
        hasPerpetual: (underlying) => sheet.perpMarkets.some((perp) => perp.underlying === underlying),
        noPerpetual: "the sheet has no such market.",
        canOwe: listed,
        noLoan: ", and the sheet has no market that lends it.",
        spotOrders: { hasMarket: listed, noMarket: "the sheet has no spot market of it." },
      }),
    margin(book, market) {
      const quote = book.holdings.find(({ asset }) => asset === quoteAsset);
      const quotePriceUsd = quote?.priceUsd ?? market.assets.get(quoteAsset)?.priceUsd ?? 1;
      const setting = { sheet, maxMarginRatio, averagePricesUsd, quoteAsset, quotePriceUsd };
      return {
        terms: [
          ...book.holdings.map((holding) => spotTerm(holding, setting)),
          ...book.perps.map((perp) => perpTerm(perp, setting)),
        ],
        diagnostics: findings(book, sheet),
      };
    },
  });
}

const spotOf = (sheet: DriftSheet, asset: string): SpotParameters | undefined =>
  sheet.spotMarkets.find(({ assets }) => assets.includes(asset));
const perpOf = (sheet: DriftSheet, underlying: string): PerpParameters | undefined =>
  sheet.perpMarkets.find((perp) => perp.underlying === underlying);

function findings({ holdings, perps }: VenueBook, sheet: DriftSheet): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const { asset, amount } of holdings) {
    const parameters = spotOf(sheet, asset);
    if (parameters && amount > 0 && !parameters.depositScale) {
      found.push(
        missingTerm(
          `The deposits from which ${asset}'s initial weight shrinks are not in the sheet: not shrunk.`,
        ),
      );
    }
  }
  for (const { underlying, profitUsd } of perps) {
    const parameters = perpOf(sheet, underlying);
    if (parameters?.marginRatioMaintenance === undefined) {
      found.push(
        missingTerm(
          `The sheet has no maintenance ratio for ${underlying}-PERP; the initial ratio, its upper bound, stands in.`,
        ),
      );
    }
    if (parameters?.imfFactor === undefined) {
      found.push(missingTerm(`The sheet has no IMF factor for ${underlying}-PERP: no premium for size.`));
    }
    if (profitUsd > 0 && !parameters?.profitWeights) {
      found.push(missingTerm(`The sheet has no weight for profit on ${underlying}-PERP: it counts in full.`));
    }
  }
  return found;
}

/** A spot market of this price and these parameters, whose interest is already in the balances. */
function spotMarketOf(
  parameters: SpotParameters,
  priceUsd: number,
  averagePriceUsd: number = priceUsd,
): DriftSpotMarket {
  const price = micros(priceUsd);
  const { decimals, depositScale } = parameters;
  const deposits = depositScale && priceUsd > 0 ? depositScale.depositsUsd / priceUsd : 0;
  return {
    decimals,
    price,
    twap5Min: micros(averagePriceUsd),
    twapIsLive: true,
    initialAssetWeight: weight(parameters.initialAssetWeight),
    maintenanceAssetWeight: weight(parameters.maintenanceAssetWeight),
    initialLiabilityWeight: weight(parameters.initialLiabilityWeight),
    maintenanceLiabilityWeight: weight(parameters.maintenanceLiabilityWeight),
    imfFactor: micros(parameters.imfFactor),
    cumulativeDepositInterest: 10n ** 10n,
    cumulativeBorrowInterest: 10n ** 10n,
    scaleInitialAssetWeightStart: micros(depositScale?.startUsd ?? 0),
    depositBalance: tokenUnits(deposits, 9),
  };
}

/** Cross margin adds up over positions, so each is margined alone and shows its part. */
function netOf(account: DriftAccount): { initialNet: number; maintenanceNet: number } {
  const net = (category: "initial" | "maintenance"): number => {
    const { totalCollateral, marginRequirement } = driftMargin(account, category, {
      strict: category === "initial",
    });
    return Number(totalCollateral - marginRequirement) / 1e6;
  };
  return { initialNet: net("initial"), maintenanceNet: net("maintenance") };
}

function spotTerm(
  { asset, amount, priceUsd, equityUsd, buys, sells, orders }: VenueHolding,
  { sheet, maxMarginRatio, averagePricesUsd, quoteAsset, quotePriceUsd }: Setting,
): NetMarginTerm {
  const group = amount < 0 ? "debt" : "collateral";
  const parameters = spotOf(sheet, asset);
  const [quote] = sheet.spotMarkets;
  if (!parameters || !quote) return { group, item: asset, equityUsd, initialNet: 0, maintenanceNet: 0 };
  const isQuote = parameters === quote;
  const nets = netOf({
    spotMarkets: isQuote
      ? [spotMarketOf(parameters, priceUsd, averagePricesUsd[asset])]
      : [
          spotMarketOf(quote, quotePriceUsd, averagePricesUsd[quoteAsset]),
          spotMarketOf(parameters, priceUsd, averagePricesUsd[asset]),
        ],
    perpMarkets: [],
    spot: [
      {
        market: isQuote ? 0 : 1,
        type: amount < 0 ? "borrow" : "deposit",
        scaledBalance: tokenUnits(Math.abs(amount), 9),
        openOrders: BigInt(orders),
        openBids: tokenUnits(buys, parameters.decimals),
        openAsks: -tokenUnits(sells, parameters.decimals),
      },
    ],
    perp: [],
    maxMarginRatio: weight(maxMarginRatio),
  });
  return { group, item: asset, equityUsd, ...nets };
}

function perpTerm(
  { underlying, base, priceUsd, profitUsd, buys, sells, orders }: VenuePerp,
  { sheet, maxMarginRatio, averagePricesUsd, quoteAsset, quotePriceUsd }: Setting,
): NetMarginTerm {
  const parameters = perpOf(sheet, underlying);
  const [quote] = sheet.spotMarkets;
  const term = { group: "perpetuals", item: underlying, equityUsd: profitUsd };
  if (!parameters || !quote) return { ...term, initialNet: 0, maintenanceNet: 0 };
  const { marginRatioInitial, marginRatioMaintenance = marginRatioInitial, imfFactor = 0 } = parameters;
  const price = micros(quotePriceUsd > 0 ? priceUsd / quotePriceUsd : priceUsd);
  const size = tokenUnits(base, 9);
  const { profitWeights = { initial: 1, maintenance: 1, initialImfFactor: 0 } } = parameters;
  const market: DriftPerpMarket = {
    price,
    marginRatioInitial: weight(marginRatioInitial),
    marginRatioMaintenance: weight(marginRatioMaintenance),
    imfFactor: micros(imfFactor),
    unrealizedPnlInitialAssetWeight: weight(profitWeights.initial),
    unrealizedPnlMaintenanceAssetWeight: weight(profitWeights.maintenance),
    unrealizedPnlImfFactor: micros(profitWeights.initialImfFactor),
    cumulativeFundingRateLong: 0n,
    cumulativeFundingRateShort: 0n,
  };
  // Cash such that cash + size × price is the profit: funding is taken to be settled.
  const value = (size * price) / 1_000_000_000n;
  const nets = netOf({
    spotMarkets: [spotMarketOf(quote, quotePriceUsd, averagePricesUsd[quoteAsset])],
    perpMarkets: [market],
    spot: [],
    perp: [
      {
        market: 0,
        base: size,
        quote: micros(quotePriceUsd > 0 ? profitUsd / quotePriceUsd : profitUsd) - value,
        lastCumulativeFundingRate: 0n,
        openOrders: BigInt(orders),
        openBids: tokenUnits(buys, 9),
        openAsks: -tokenUnits(sells, 9),
        isolated: false,
        isolatedScaledBalance: 0n,
      },
    ],
    maxMarginRatio: weight(maxMarginRatio),
  });
  return { ...term, ...nets };
}
