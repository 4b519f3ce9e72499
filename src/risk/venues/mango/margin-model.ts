import { type Diagnostic, type MarginModel } from "../../margin-model.ts";
import { netMarginModel } from "../shared/net-margin-model.ts";
import { missingTerm, type NetMarginTerm, note } from "../shared/net-margin-result.ts";
import { unlistedReasons } from "../shared/unsupported.ts";
import { tokenUnits, type VenueBook, type VenueHolding, type VenuePerp } from "../shared/venue-book.ts";
import {
  type MangoAccount,
  type MangoHealthType,
  mangoHealth,
  type MangoPerp,
  type MangoSpotMarket,
  type MangoToken,
  perpResult,
} from "./health.ts";
import { one, toNumber } from "./i80f48.ts";
import { type MangoSheet, mangoV4Sheet } from "./sheet.ts";

export interface MangoModelOptions {
  /** Default {@link mangoV4Sheet}. */
  readonly sheet?: MangoSheet;
  /** The venue's slow prices by asset or underlying, USD. One that is absent is taken to equal the oracle's. */
  readonly stablePricesUsd?: SlowPrices;
}

type SlowPrices = Readonly<Record<string, number>>;

/** Mango counts in native units of a six-decimal dollar. */
const quoteDecimals = 6;

const raw = (x: number): bigint => {
  const scaled = Math.round(x * Number(one));
  return Number.isFinite(scaled) ? BigInt(scaled) : 0n;
};
const tenTo = (power: number): number =>
  power < 0 ? 1 / Number(10n ** BigInt(-power)) : Number(10n ** BigInt(power));
const usd = (value: bigint): number => toNumber(value) / 1e6;

/**
 * Mango v4's health over spot balances and linear perpetuals: initial is `init`, maintenance `maint`. Options and dated
 * futures are unsupported.
 *
 * @see docs/venues/mango.md
 */
export function mangoV4Model(options: MangoModelOptions = {}): MarginModel {
  const { sheet = mangoV4Sheet, stablePricesUsd = {} } = options;
  const settleAsset = sheet.tokens[0]?.assets[0] ?? "USDC";
  const listed = (asset: string): boolean => tokenOf(sheet, asset) !== undefined;
  return netMarginModel({
    id: "mango-v4",
    title: "Mango v4",
    venue: "mango",
    settlementAsset: settleAsset,
    groups: {
      collateral: {
        label: "Deposits beyond their weight",
        rule: "Mango v4: balance × asset weight × price",
      },
      debt: { label: "Borrows, weighted", rule: "Mango v4: balance × liability weight × price" },
      perpetuals: {
        label: "Perpetuals",
        rule: "Mango v4: worse of all bids and all asks filling, weighted",
      },
      orders: { label: "Spot orders", rule: "Mango v4: worse of all reserved becoming base or quote" },
    },
    uncounted: "not a token of the sheet",
    refusals: (book) =>
      unlistedReasons(book, {
        venue: "Mango",
        hasPerpetual: (underlying) => sheet.perps.some((perp) => perp.underlying === underlying),
        noPerpetual: "the sheet has no such market.",
        canOwe: listed,
        noLoan: ", and the sheet has no token to borrow.",
        spotOrders: { hasMarket: listed, noMarket: "the sheet has no such token." },
      }),
    margin(book, market) {
      const settlePriceUsd = market.assets.get(settleAsset)?.priceUsd ?? 1;
      const account = accountOf(book, sheet, stablePricesUsd, settleAsset, settlePriceUsd);
      return {
        terms: termsOf(book, account, settlePriceUsd),
        diagnostics: findings(book, sheet, stablePricesUsd),
      };
    },
  });
}

const tokenOf = (sheet: MangoSheet, asset: string): MangoSheet["tokens"][number] | undefined =>
  sheet.tokens.find(({ assets }) => assets.includes(asset));

function findings(
  { holdings, perps }: VenueBook,
  sheet: MangoSheet,
  stablePricesUsd: SlowPrices,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const { asset, amount } of holdings) {
    const token = tokenOf(sheet, asset);
    if (token && amount !== 0 && !token.scaled) {
      found.push(
        missingTerm(
          `What its bank's size makes of ${asset}'s initial weights is not in the sheet: not scaled.`,
        ),
      );
    }
  }
  const names = [...holdings.map(({ asset }) => asset), ...perps.map(({ underlying }) => underlying)];
  const unknown = [...new Set(names)].filter((name) => !Object.hasOwn(stablePricesUsd, name)).sort();
  if (unknown.length > 0) {
    const message = `The slow stable price of ${unknown.join(", ")}, which a snapshot does not hold, is taken to equal the oracle's.`;
    found.push(note("stable-price", message));
  }
  return found;
}

interface Slots {
  /** In the order of the book's holdings that the venue lists; the settlement token first, even when not held. */
  readonly tokens: readonly { readonly asset: string; readonly token: MangoToken }[];
  readonly perps: readonly { readonly underlying: string; readonly perp: MangoPerp }[];
  readonly spotMarkets: readonly MangoSpotMarket[];
}

/** What resting spot buys have set aside of the settlement token, and sells of their own coin. */
function accountOf(
  book: VenueBook,
  sheet: MangoSheet,
  stablePricesUsd: SlowPrices,
  settleAsset: string,
  settlePriceUsd: number,
): Slots {
  const settled = book.holdings.find(({ asset }) => asset === settleAsset);
  const buysUsd = book.holdings.reduce((total, holding) => total + holding.buysUsd, 0);
  const tokens: { asset: string; token: MangoToken }[] = [];
  const add = (asset: string, amount: number, priceUsd: number): void => {
    const parameters = tokenOf(sheet, asset);
    if (!parameters) return;
    const native = tenTo(quoteDecimals - parameters.decimals);
    const { scaled = parameters } = parameters;
    tokens.push({
      asset,
      token: {
        index: tokens.length,
        maintAssetWeight: raw(parameters.maintAssetWeight),
        initAssetWeight: raw(parameters.initAssetWeight),
        initScaledAssetWeight: raw(scaled.initAssetWeight),
        maintLiabWeight: raw(parameters.maintLiabWeight),
        initLiabWeight: raw(parameters.initLiabWeight),
        initScaledLiabWeight: raw(scaled.initLiabWeight),
        oraclePrice: raw(priceUsd * native),
        stablePrice: raw((stablePricesUsd[asset] ?? priceUsd) * native),
        balance: tokenUnits(amount, parameters.decimals) * one,
      },
    });
  };
  add(settleAsset, (settled?.amount ?? 0) - buysUsd / settlePriceUsd, settlePriceUsd);
  for (const { asset, amount, priceUsd, sells } of book.holdings) {
    if (asset !== settleAsset) add(asset, amount - sells, priceUsd);
  }
  const spotMarkets = book.holdings.flatMap((holding): MangoSpotMarket[] => {
    const slot = tokens.find(({ asset }) => asset === holding.asset);
    const parameters = tokenOf(sheet, holding.asset);
    if (!slot || !parameters || holding.orders === 0 || slot.token.index === 0) return [];
    const sold = tokenUnits(holding.sells, parameters.decimals) * one;
    const paid = tokenUnits(holding.buysUsd / settlePriceUsd, quoteDecimals) * one;
    return [
      {
        baseToken: slot.token.index,
        quoteToken: 0,
        reservedBase: sold,
        reservedQuote: paid,
        reservedBaseAsQuoteLowestAsk: 0n,
        reservedQuoteAsBaseHighestBid: 0n,
      },
    ];
  });
  const perps = book.perps.flatMap((perp) => perpOf(perp, sheet, stablePricesUsd, settlePriceUsd));
  return { tokens, perps, spotMarkets };
}

function perpOf(
  position: VenuePerp,
  sheet: MangoSheet,
  stablePricesUsd: SlowPrices,
  settlePriceUsd: number,
): readonly { underlying: string; perp: MangoPerp }[] {
  const { underlying, base, profitUsd, buys, sells, priceUsd } = position;
  const parameters = sheet.perps.find((perp) => perp.underlying === underlying);
  if (!parameters) return [];
  const native = tenTo(quoteDecimals - parameters.baseDecimals) / settlePriceUsd;
  const price = raw(priceUsd * native);
  const lots = tokenUnits(base, parameters.baseDecimals);
  return [
    {
      underlying,
      perp: {
        settleToken: 0,
        maintBaseAssetWeight: raw(parameters.maintBaseAssetWeight),
        initBaseAssetWeight: raw(parameters.initBaseAssetWeight),
        maintBaseLiabWeight: raw(parameters.maintBaseLiabWeight),
        initBaseLiabWeight: raw(parameters.initBaseLiabWeight),
        maintOverallAssetWeight: raw(parameters.maintOverallAssetWeight),
        initOverallAssetWeight: raw(parameters.initOverallAssetWeight),
        baseLotSize: 1n,
        baseLots: lots,
        bidsBaseLots: tokenUnits(buys, parameters.baseDecimals),
        asksBaseLots: tokenUnits(sells, parameters.baseDecimals),
        // Cash such that cash + size × price is the profit.
        quote: tokenUnits(profitUsd / settlePriceUsd, quoteDecimals) * one - lots * price,
        oraclePrice: price,
        stablePrice: raw((stablePricesUsd[underlying] ?? priceUsd) * native),
      },
    },
  ];
}

/** Health by item: each perpetual's result at the settlement token's price, each token's rest, and the orders'. */
function termsOf(book: VenueBook, slots: Slots, settlePriceUsd: number): readonly NetMarginTerm[] {
  const types = ["init", "maint"] as const;
  const account: MangoAccount = {
    tokens: slots.tokens.map(({ token }) => token),
    perps: slots.perps.map(({ perp }) => perp),
    spotMarkets: slots.spotMarkets,
  };
  const inSettled = (value: bigint): number => usd(value) * settlePriceUsd;
  const both = (of: (type: MangoHealthType) => number): { initialNet: number; maintenanceNet: number } => {
    const [initialNet = 0, maintenanceNet = 0] = types.map(of);
    return { initialNet, maintenanceNet };
  };
  const perps = slots.perps.map(({ underlying, perp }): NetMarginTerm => {
    const equityUsd = book.perps.find((position) => position.underlying === underlying)?.profitUsd ?? 0;
    return {
      group: "perpetuals",
      item: underlying,
      equityUsd,
      ...both((type) => inSettled(perpResult(perp, type))),
    };
  });
  const tokenNet = (token: MangoToken, type: MangoHealthType): number => {
    if (token.index !== 0)
      return usd(mangoHealth({ tokens: [token], perps: [], spotMarkets: [] }, type).health);
    // The settlement token is weighted together with the perpetuals' results, which are shown on their own.
    const results = account.perps.reduce((total, perp) => total + perpResult(perp, type), 0n);
    const joined = mangoHealth({ tokens: [token], perps: account.perps, spotMarkets: [] }, type).health;
    return usd(joined) - inSettled(results);
  };
  const spent = book.holdings.reduce((total, { buysUsd }) => total + buysUsd, 0);
  const tokens = slots.tokens.map(({ asset, token }): NetMarginTerm => {
    const held: VenueHolding | undefined = book.holdings.find((holding) => holding.asset === asset);
    const reserved = token.index === 0 ? spent : (held?.sells ?? 0) * (held?.priceUsd ?? 0);
    return {
      group: token.balance < 0n ? "debt" : "collateral",
      item: asset,
      equityUsd: (held?.equityUsd ?? 0) - reserved,
      ...both((type) => tokenNet(token, type)),
    };
  });
  const unlisted = book.holdings
    .filter(({ asset }) => !slots.tokens.some((slot) => slot.asset === asset))
    .map(({ asset, equityUsd }) => ({
      group: "collateral",
      item: asset,
      equityUsd,
      initialNet: 0,
      maintenanceNet: 0,
    }));
  if (account.spotMarkets.length === 0) return [...tokens, ...unlisted, ...perps];
  const reservedUsd = book.holdings.reduce(
    (total, { buysUsd, sells, priceUsd }) => total + buysUsd + sells * priceUsd,
    0,
  );
  const orders: NetMarginTerm = {
    group: "orders",
    item: "reserved",
    equityUsd: reservedUsd,
    ...both((type) => {
      const without = mangoHealth({ ...account, spotMarkets: [] }, type).health;
      return usd(mangoHealth(account, type).health - without);
    }),
  };
  return [...tokens, ...unlisted, ...perps, orders];
}
