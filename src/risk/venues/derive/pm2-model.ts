import { type Market } from "../../../market/index.ts";
import { type MarginModel } from "../../margin-model.ts";
import { type Fixed18, fixed18FromNumber } from "../shared/fixed18.ts";
import { type DeriveAccount, type DeriveHolding } from "./derive-book.ts";
import { readDecimal, readPm2Params, sheetReader } from "./parameter-sheet.ts";
import { emptyAccount, explained, pmInputs, pmModel } from "./pm-model.ts";
import { type MarginedAccount } from "./pm-result.ts";
import { pm2Margin } from "./pm2.ts";
import { pm2Contributions } from "./pm2-explain.ts";
import { type Pm2Collateral, type Pm2Inputs, type Pm2Params } from "./pm2-inputs.ts";
import { derivePm2Sheet, type DerivePm2Sheet } from "./pm2-sheet.ts";

/**
 * Derive's second-generation portfolio margin over any book of perpetuals, options and balances: one account for each
 * underlying, sharing the cash. Dated futures, debts in anything but the settlement asset and underlyings that the sheet
 * lacks are unsupported.
 *
 * @see docs/venues/derive.md
 */
export function derivePm2Model({ sheet = derivePm2Sheet }: { sheet?: DerivePm2Sheet } = {}): MarginModel {
  const params = readPm2Params(sheetReader(sheet.parameters, "parameters", readDecimal));
  return pmModel({
    id: "derive-pm2",
    title: "Derive portfolio margin (PM2)",
    sheet,
    marginAccounts(book, market) {
      const { accounts, refused } = placeCollateral(book.accounts, book.holdings, sheet, market);
      const margined = accounts.map(({ account, collaterals }) =>
        marginAccount(account, collaterals, book.stablePrice, params),
      );
      return { accounts: margined, refused };
    },
  });
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

function marginAccount(
  account: DeriveAccount,
  placed: readonly Placed[],
  stablePrice: Fixed18,
  params: Pm2Params,
): MarginedAccount {
  const inputs: Pm2Inputs = {
    ...pmInputs(account, stablePrice),
    collaterals: placed.map(({ collateral }) => collateral),
  };
  const result = pm2Margin(inputs, params);
  const { perp, option, collateral, confidence } = result.contingencyParts;
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
    ...explained(
      account,
      params.scenarios,
      result,
      contributions,
      placed.map(({ holding }, i) => ({ item: holding.asset, pnl: contributions.collaterals[i] ?? 0n })),
    ),
  };
}
