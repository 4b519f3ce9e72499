import { type Market, type UnderlyingState } from "../../../market/index.ts";
import { type MarginModel } from "../../margin-model.ts";
import { type Fixed18, fixed18FromNumber } from "../shared/fixed18.ts";
import { unsupportedResult } from "../shared/net-margin-result.ts";
import { type DeriveAccount, deriveBook, type DeriveHolding, netPerp } from "./derive-book.ts";
import { readDecimal, readPm2Params, sheetReader } from "./parameter-sheet.ts";
import { type MarginedAccount, perpContributions, pmResult } from "./pm-result.ts";
import { pm2Margin } from "./pm2.ts";
import { pm2Contributions } from "./pm2-explain.ts";
import { type Pm2Collateral, type Pm2Inputs, type Pm2Params } from "./pm2-inputs.ts";
import { derivePm2Sheet, type DerivePm2Sheet } from "./pm2-sheet.ts";
import { basisLabel, scenarioLabel } from "./scenario-label.ts";

const id = "derive-pm2";

/**
 * Derive's second-generation portfolio margin over any book of perpetuals, options and balances: one account for each
 * underlying, sharing the cash. Dated futures, debts in anything but the settlement asset and underlyings that the sheet
 * lacks are unsupported.
 *
 * @see docs/venues/derive.md
 */
export function derivePm2Model({ sheet = derivePm2Sheet }: { sheet?: DerivePm2Sheet } = {}): MarginModel {
  const params = readPm2Params(sheetReader(sheet.parameters, "parameters", readDecimal));
  return {
    id,
    title: "Derive portfolio margin (PM2)",
    venue: "derive",
    margin(portfolio, market) {
      const book = deriveBook(portfolio, market, sheet.settlementAsset, sheet.rate);
      const reasons = [
        ...book.reasons,
        ...book.accounts
          .filter(({ underlying }) => !sheet.underlyings.includes(underlying))
          .map(({ underlying }) => `${underlying}: no portfolio-margin account of ${sheet.name} takes it.`),
      ];
      if (reasons.length > 0) return unsupportedResult(id, reasons);
      const { accounts, refused } = placeCollateral(book.accounts, book.holdings, sheet, market);
      const margined = accounts.map(({ account, collaterals }) =>
        marginAccount(account, collaterals, book.stablePrice, params),
      );
      return pmResult(id, book, sheet, margined, refused);
    },
  };
}

interface Placed {
  readonly holding: DeriveHolding;
  readonly collateral: Pm2Collateral;
}

/** Puts each asset where it serves best: as a hedge in its own underlying's account, else anywhere that takes it. */
function placeCollateral(
  given: readonly DeriveAccount[],
  holdings: readonly DeriveHolding[],
  sheet: DerivePm2Sheet,
  market: Market,
): {
  readonly accounts: readonly { readonly account: DeriveAccount; readonly collaterals: readonly Placed[] }[];
  readonly refused: readonly DeriveHolding[];
} {
  const accounts = given.length > 0 ? given : accountForCollateral(holdings, sheet, market);
  const placed = new Map(accounts.map(({ underlying }) => [underlying, new Array<Placed>()]));
  const refused: DeriveHolding[] = [];
  const [first] = placed.values();
  for (const holding of holdings) {
    const terms = sheet.collaterals.find(({ asset }) => asset === holding.asset);
    const home = placed.get(terms?.underlying ?? "");
    const hedges = home !== undefined && terms?.own !== undefined;
    const haircut = hedges ? terms.own : terms?.other;
    const target = hedges ? home : first;
    if (!haircut || !target) refused.push(holding);
    else {
      const collateral = {
        amount: holding.amount,
        price: holding.price,
        confidence: holding.confidence,
        riskCancelling: hedges,
        mmHaircut: fixed18FromNumber(haircut.maintenance),
        imHaircut: fixed18FromNumber(haircut.initialExtra),
      };
      target.push({ holding, collateral });
    }
  }
  return {
    accounts: accounts.map((account) => ({ account, collaterals: placed.get(account.underlying) ?? [] })),
    refused,
  };
}

/** A book without positions still needs an account for its collateral: its largest asset's own, else the sheet's first. */
function accountForCollateral(
  holdings: readonly DeriveHolding[],
  sheet: DerivePm2Sheet,
  market: Market,
): readonly DeriveAccount[] {
  const terms = holdings
    .toSorted((a, b) => b.equityUsd - a.equityUsd)
    .flatMap(({ asset }) => sheet.collaterals.find((listed) => listed.asset === asset) ?? []);
  const wanted = [...terms.flatMap(({ underlying = "" }) => underlying), ...sheet.underlyings];
  const underlying = terms.length > 0 ? wanted.find((symbol) => listed(symbol, sheet, market)) : undefined;
  const state = underlying === undefined ? undefined : market.underlyings.get(underlying);
  return state ? [emptyAccount(state)] : [];
}

const listed = (symbol: string, sheet: DerivePm2Sheet, market: Market): boolean =>
  sheet.underlyings.includes(symbol) && market.underlyings.has(symbol);

const emptyAccount = ({ symbol, indexUsd, confidence }: UnderlyingState): DeriveAccount => ({
  underlying: symbol,
  spotPrice: fixed18FromNumber(indexUsd),
  spotConfidence: fixed18FromNumber(confidence),
  perps: [],
  options: [],
  expiries: [],
  equityUsd: 0,
});

function marginAccount(
  account: DeriveAccount,
  placed: readonly Placed[],
  stablePrice: Fixed18,
  params: Pm2Params,
): MarginedAccount {
  const inputs: Pm2Inputs = {
    spotPrice: account.spotPrice,
    spotConfidence: account.spotConfidence,
    stablePrice,
    cash: 0n,
    perp: netPerp(account),
    expiries: account.expiries,
    options: account.options.map(({ option }) => option),
    collaterals: placed.map(({ collateral }) => collateral),
  };
  const result = pm2Margin(inputs, params);
  const { perp, option, collateral, confidence } = result.contingencyParts;
  const worst = params.scenarios[result.worstScenario];
  const contributions = pm2Contributions(inputs, params, result.worstScenario);
  // What is left of a net margin when all else is taken off is the scaled loss.
  const scaled = (net: Fixed18, contingencies: Fixed18): Fixed18 => result.markToMarket - contingencies - net;
  const initialContingency = result.mmContingency + result.imContingency;
  return {
    underlying: account.underlying,
    equityUsd: account.equityUsd + placed.reduce((total, { holding }) => total + holding.equityUsd, 0),
    markToMarket: result.markToMarket,
    parts: [
      {
        group: "worst-scenario",
        initial: scaled(result.initialMargin, initialContingency),
        maintenance: scaled(result.maintenanceMargin, result.mmContingency),
      },
      { group: "perpetual-contingency", initial: perp.mm + perp.im, maintenance: perp.mm },
      { group: "option-contingency", initial: option.mm + option.im, maintenance: option.mm },
      { group: "collateral-haircut", initial: collateral.mm + collateral.im, maintenance: collateral.mm },
      { group: "confidence-contingency", initial: confidence.im, maintenance: 0n },
    ],
    worst: { ...(worst ? scenarioLabel(worst) : basisLabel), pnl: result.worstPnl },
    contributions: [
      ...perpContributions(account, contributions.perp, worst),
      ...account.options.map(({ item, option: held }) => ({
        item,
        pnl: contributions.options.get(held) ?? 0n,
      })),
      ...placed.map(({ holding }, i) => ({ item: holding.asset, pnl: contributions.collaterals[i] ?? 0n })),
    ],
    scenarios: params.scenarios.map((scenario, i) => ({
      ...scenarioLabel(scenario),
      pnl: result.scenarioPnl[i] ?? 0n,
    })),
  };
}
