import { type MarginModel } from "../../margin-model.ts";
import { type Fixed18, abs, fixed18FromNumber, max, mul, sum } from "../shared/fixed18.ts";
import { unsupportedResult } from "../shared/net-margin-result.ts";
import { type DeriveAccount, deriveBook, type DeriveHolding, netPerp } from "./derive-book.ts";
import { readDecimal, readPm1Params, sheetReader } from "./parameter-sheet.ts";
import { type MarginedAccount, type PmPart, perpContributions, pmResult } from "./pm-result.ts";
import { pm1Margin } from "./pm1.ts";
import { pm1Contributions } from "./pm1-explain.ts";
import { type Pm1Inputs, type Pm1Params } from "./pm1-inputs.ts";
import { derivePm1Sheet, type DerivePm1Sheet } from "./pm1-sheet.ts";
import { nakedShorts } from "./pm-inputs.ts";
import { basisLabel, scenarioLabel } from "./scenario-label.ts";

const id = "derive-pm1";

/**
 * Derive's first-generation portfolio margin: one account for each underlying, which takes that underlying and nothing else
 * as collateral. Unsupported is what {@link derivePm2Model} does not support.
 *
 * @see docs/venues/derive.md
 */
export function derivePm1Model({ sheet = derivePm1Sheet }: { sheet?: DerivePm1Sheet } = {}): MarginModel {
  const params = readPm1Params(sheetReader(sheet.parameters, "parameters", readDecimal));
  return {
    id,
    title: "Derive portfolio margin (PM1)",
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
      const bases = book.holdings.filter(
        ({ asset }) => sheet.underlyings.includes(asset) && market.underlyings.has(asset),
      );
      const accounts = [...book.accounts];
      for (const { asset } of bases) {
        const state = market.underlyings.get(asset);
        if (!state || accounts.some(({ underlying }) => underlying === asset)) continue;
        accounts.push({
          underlying: asset,
          spotPrice: fixed18FromNumber(state.indexUsd),
          spotConfidence: fixed18FromNumber(state.confidence),
          perps: [],
          options: [],
          expiries: [],
          equityUsd: 0,
        });
      }
      const margined = accounts
        .toSorted((a, b) => (a.underlying < b.underlying ? -1 : 1))
        .map((account) => {
          const base = bases.find(({ asset }) => asset === account.underlying);
          return marginAccount(account, base, book.stablePrice, params);
        });
      return pmResult(
        id,
        book,
        sheet,
        margined,
        book.holdings.filter((holding) => !bases.includes(holding)),
      );
    },
  };
}

function marginAccount(
  account: DeriveAccount,
  base: DeriveHolding | undefined,
  stablePrice: Fixed18,
  params: Pm1Params,
): MarginedAccount {
  const inputs: Pm1Inputs = {
    spotPrice: account.spotPrice,
    spotConfidence: account.spotConfidence,
    stablePrice,
    cash: 0n,
    base: base?.amount ?? 0n,
    perp: netPerp(account),
    expiries: account.expiries,
    options: account.options.map(({ option }) => option),
  };
  const result = pm1Margin(inputs, params);
  const worst = params.scenarios[result.worstScenario];
  const contributions = pm1Contributions(inputs, params, result.worstScenario);
  const { perpPercent, basePercent, optionPercent } = params.otherContingency;
  const part = (amount: Fixed18, percent: Fixed18): Fixed18 => mul(mul(amount, percent), inputs.spotPrice);
  const perp = part(abs(inputs.perp?.position ?? 0n), perpPercent);
  const collateral = part(inputs.base, basePercent);
  const option = sum(
    account.expiries.map(({ secToExpiry }) => {
      const held = inputs.options.filter((candidate) => candidate.secToExpiry === secToExpiry);
      return part(nakedShorts(held), optionPercent);
    }),
  );
  const { pegLossThreshold, pegLossFactor } = params.otherContingency;
  const factor = params.margin.imFactor + mul(max(0n, pegLossThreshold - stablePrice), pegLossFactor);
  // Initial margin scales the loss and the contingencies alike.
  const scaled = (group: PmPart, amount: Fixed18): MarginedAccount["parts"][number] => ({
    group,
    initial: mul(amount, factor),
    maintenance: amount,
  });
  return {
    underlying: account.underlying,
    equityUsd: account.equityUsd + (base?.equityUsd ?? 0),
    markToMarket: result.markToMarket,
    parts: [
      scaled("worst-scenario", -result.worstPnl),
      scaled("perpetual-contingency", perp),
      scaled("option-contingency", option),
      scaled("collateral-haircut", collateral),
      { group: "confidence-contingency", initial: result.confidenceContingency, maintenance: 0n },
    ],
    worst: { ...(worst ? scenarioLabel(worst) : basisLabel), pnl: result.worstPnl },
    contributions: [
      ...perpContributions(account, contributions.perp, worst),
      ...account.options.map(({ item, option: held }) => ({
        item,
        pnl: contributions.options.get(held) ?? 0n,
      })),
      ...(base ? [{ item: base.asset, pnl: contributions.base }] : []),
    ],
    scenarios: params.scenarios.map((scenario, i) => ({
      ...scenarioLabel(scenario),
      pnl: result.scenarioPnl[i] ?? 0n,
    })),
  };
}
