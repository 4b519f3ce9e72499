import { type Market } from "../../../market/index.ts";
import { type Diagnostic, type MarginModel } from "../../margin-model.ts";
import { type Fixed18, fixed18FromNumber, fixed18ToNumber, min, one } from "../shared/fixed18.ts";
import { type NetMarginTerm, netMarginResult, note, unsupportedResult } from "../shared/net-margin-result.ts";
import {
  type DeriveAccount,
  deriveBook,
  type DeriveBook,
  type DeriveHolding,
  netPerp,
} from "./derive-book.ts";
import { readDecimal, readDepegParams, readStandardMarketParams, sheetReader } from "./parameter-sheet.ts";
import {
  deriveStandardSheet,
  type DeriveStandardMarketSheet,
  type DeriveStandardSheet,
} from "./standard-sheet.ts";
import {
  type StandardExpiry,
  standardMargin,
  type StandardMarket,
  type StandardMarketParams,
  type StandardMarketResult,
} from "./standard.ts";

const id = "derive-standard";
const document = "docs/venues/derive.md";

const groups: Readonly<Record<string, { readonly label: string; readonly rule: string }>> = {
  perpetuals: { label: "Perpetuals", rule: `${document}, standard margin` },
  "short-options": { label: "Options by expiry", rule: `${document}, standard margin` },
  "option-value": { label: "Value of options, no collateral", rule: `${document}, standard margin` },
  "collateral-haircut": { label: "Collateral haircut", rule: `${document}, standard margin` },
  depeg: { label: "Settlement asset below its threshold", rule: `${document}, standard margin` },
  valuation: { label: "Mark less the venue's own value", rule: `${document}, valuation` },
  "not-collateral": { label: "Not collateral at the venue", rule: `${document}, collateral` },
};

/**
 * Derive's standard margin over any book of perpetuals, options and balances: each underlying alone, each expiry of options
 * alone. Dated futures, debts in anything but the settlement asset and products that the sheet does not list are unsupported.
 *
 * @see docs/venues/derive.md
 */
export function deriveStandardModel({
  sheet = deriveStandardSheet,
}: { sheet?: DeriveStandardSheet } = {}): MarginModel {
  const depeg = readDepegParams(sheetReader(sheet.depegParams, "depegParams", readDecimal));
  return {
    id,
    title: "Derive standard margin",
    venue: "derive",
    margin(portfolio, market) {
      const book = deriveBook(portfolio, market, sheet.settlementAsset, 0);
      const reasons = [...book.reasons, ...book.accounts.flatMap((account) => unlisted(account, sheet))];
      if (reasons.length > 0) return unsupportedResult(id, reasons);
      const markets = marketsOf(book, sheet, market);
      const result = standardMargin({ stablePrice: book.stablePrice, cash: 0n, markets, depeg });
      const usd = (amount: Fixed18): number => fixed18ToNumber(amount) * fixed18ToNumber(book.stablePrice);
      const terms = markets.flatMap((one, i) => {
        const margins = result.markets[i];
        return margins ? marketTerms(one, margins, usd) : [];
      });
      const diagnostics: Diagnostic[] = [...book.diagnostics];
      for (const holding of book.holdings) {
        if (collateralOf(holding, sheet)) continue;
        const { asset, equityUsd } = holding;
        terms.push({ group: "not-collateral", item: asset, equityUsd, initialNet: 0, maintenanceNet: 0 });
      }
      for (const { underlying } of book.accounts) {
        if (sheet.markets.some(({ underlyings }) => underlyings.includes(underlying))) continue;
        diagnostics.push(
          note(
            "usual-rates",
            `${underlying} has no rates of its own in ${sheet.name}: the usual ones apply.`,
          ),
        );
      }
      const cash = usd(book.cash);
      terms.push({
        group: "valuation",
        item: "cash",
        equityUsd: book.cashUsd,
        initialNet: cash,
        maintenanceNet: cash,
      });
      const telling = terms.filter(
        ({ equityUsd, initialNet, maintenanceNet }) =>
          equityUsd !== initialNet || equityUsd !== maintenanceNet,
      );
      return netMarginResult({
        model: id,
        value: book.value,
        groups,
        terms: telling,
        uncounted: "not collateral here",
        diagnostics,
      });
    },
  };
}

/** A market with what the book's equity has in it, USD. */
type BookMarket = StandardMarket & {
  readonly params: StandardMarketParams;
  readonly item: string;
  readonly derivativesUsd: number;
  readonly baseUsd: number;
};

const ratesOf = (underlying: string, sheet: DeriveStandardSheet): DeriveStandardMarketSheet =>
  sheet.markets.find(({ underlyings }) => underlyings.includes(underlying)) ?? sheet.otherMarkets ?? {};

function unlisted(
  { underlying, perps, options }: DeriveAccount,
  sheet: DeriveStandardSheet,
): readonly string[] {
  const { perp, option } = ratesOf(underlying, sheet);
  return [
    ...(perps.length > 0 && !perp ? [`${underlying}: ${sheet.name} has no perpetual on it.`] : []),
    ...(options.length > 0 && !option ? [`${underlying}: ${sheet.name} has no options on it.`] : []),
  ];
}

const collateralOf = ({ asset }: DeriveHolding, sheet: DeriveStandardSheet): object | undefined =>
  sheet.collaterals.find(({ assets }) => assets.includes(asset));

const noPerp = { mmPerpReq: 0, imPerpReq: 0 };
const noOption = {
  maxSpotReq: 0,
  minSpotReq: 0,
  mmCallSpotReq: 0,
  mmPutSpotReq: 0,
  MMPutMtMReq: 0,
  unpairedIMScale: 0,
  unpairedMMScale: 0,
  mmOffsetScale: 0,
};
const noBase = { marginFactor: 0, IMScale: 0 };

/** Checked by the sheet's schema before: what a market does not list is never held in it. */
function paramsOf(
  rates: DeriveStandardMarketSheet,
  base: DeriveStandardSheet["collaterals"][number] | undefined,
  sheet: DeriveStandardSheet,
): StandardMarketParams {
  const { oracleContingency } = sheet;
  const { perp = noPerp, option = noOption } = rates;
  const parameters = { perp, option, oracleContingency, base: base ?? noBase };
  return readStandardMarketParams(sheetReader(parameters, "market", readDecimal));
}

/** One market for each underlying that the book trades, and one for each token that is collateral in its own right. */
function marketsOf(book: DeriveBook, sheet: DeriveStandardSheet, market: Market): readonly BookMarket[] {
  const traded = book.accounts.map((account): BookMarket => {
    const holding = book.holdings.find(({ asset }) => asset === account.underlying);
    const base = sheet.collaterals.find(({ assets }) => assets.includes(account.underlying));
    return {
      item: account.underlying,
      spotPrice: account.spotPrice,
      spotConfidence: account.spotConfidence,
      perp: netPerp(account),
      base: base && holding ? holding.amount : 0n,
      expiries: account.expiries.map(
        ({ secToExpiry, forwardVariable, forwardConfidence }): StandardExpiry => ({
          secToExpiry,
          forward: forwardVariable,
          forwardConfidence,
          volMinConfidence: account.options
            .filter(({ option }) => option.secToExpiry === secToExpiry)
            .map(({ option }) => option.volConfidence)
            .reduce(min, one),
        }),
      ),
      options: account.options.map(({ option }) => option),
      params: paramsOf(ratesOf(account.underlying, sheet), base, sheet),
      derivativesUsd: account.equityUsd,
      baseUsd: base && holding ? holding.equityUsd : 0,
    };
  });
  const alone = book.holdings
    .filter(({ asset }) => !traded.some(({ item }) => item === asset))
    .flatMap((holding): BookMarket[] => {
      const base = sheet.collaterals.find(({ assets }) => assets.includes(holding.asset));
      if (!base) return [];
      const state = market.underlyings.get(holding.asset);
      return [
        {
          item: holding.asset,
          spotPrice: holding.price,
          spotConfidence: state ? fixed18FromNumber(state.confidence) : holding.confidence,
          perp: null,
          base: holding.amount,
          expiries: [],
          options: [],
          params: paramsOf({}, base, sheet),
          derivativesUsd: 0,
          baseUsd: holding.equityUsd,
        },
      ];
    });
  return [...traded, ...alone];
}

function marketTerms(
  { item, perp, derivativesUsd, baseUsd }: BookMarket,
  result: StandardMarketResult,
  usd: (amount: Fixed18) => number,
): NetMarginTerm[] {
  const unsettled = perp?.unsettledCash ?? 0n;
  const { options, base } = result;
  const initialDepeg = result.perp.im + options.im + base.im + unsettled - result.initialMargin;
  const term = (group: string, equity: Fixed18, initial: Fixed18, maintenance: Fixed18): NetMarginTerm => ({
    group,
    item,
    equityUsd: usd(equity),
    initialNet: usd(initial),
    maintenanceNet: usd(maintenance),
  });
  const venueUsd = usd(options.mtm + unsettled + base.mtm);
  return [
    term("perpetuals", 0n, result.perp.im, result.perp.mm),
    term("short-options", 0n, options.im, options.mm),
    term("option-value", options.mtm, 0n, 0n),
    term("collateral-haircut", base.mtm, base.im, base.mm),
    term("depeg", 0n, -initialDepeg, 0n),
    {
      group: "valuation",
      item,
      equityUsd: derivativesUsd + baseUsd - venueUsd,
      initialNet: 0,
      maintenanceNet: 0,
    },
  ];
}
