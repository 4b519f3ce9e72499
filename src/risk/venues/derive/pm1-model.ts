import { type MarginModel } from "../../margin-model.ts";
import { type Fixed18, abs, mul, sum } from "../shared/fixed18.ts";
import { type DeriveAccount, type DeriveHolding } from "./derive-book.ts";
import { readDecimal, readPm1Params, sheetReader } from "./parameter-sheet.ts";
import { emptyAccount, explained, pmInputs, pmModel } from "./pm-model.ts";
import { type MarginedAccount, type PmPart } from "./pm-result.ts";
import { pm1Margin } from "./pm1.ts";
import { pm1Contributions } from "./pm1-explain.ts";
import { type Pm1Inputs, type Pm1Params } from "./pm1-inputs.ts";
import { derivePm1Sheet, type DerivePm1Sheet } from "./pm1-sheet.ts";
import { initialFactor, nakedShorts } from "./pm-inputs.ts";

/**
 * Derive's first-generation portfolio margin: one account for each underlying, which takes that underlying and nothing else
 * as collateral. Unsupported is what {@link derivePm2Model} does not support.
 *
 * @see docs/venues/derive.md
 */
export function derivePm1Model({ sheet = derivePm1Sheet }: { sheet?: DerivePm1Sheet } = {}): MarginModel {
  const params = readPm1Params(sheetReader(sheet.parameters, "parameters", readDecimal));
  return pmModel({
    id: "derive-pm1",
    title: "Derive portfolio margin (PM1)",
    sheet,
    marginAccounts(book, market) {
      const bases = book.holdings.filter(
        ({ asset }) => sheet.underlyings.includes(asset) && market.underlyings.has(asset),
      );
      const accounts = [...book.accounts];
      for (const { asset } of bases) {
        const state = market.underlyings.get(asset);
        if (!state || accounts.some(({ underlying }) => underlying === asset)) continue;
        accounts.push(emptyAccount(state));
      }
      const margined = accounts
        .toSorted((a, b) => (a.underlying < b.underlying ? -1 : 1))
        .map((account) => {
          const base = bases.find(({ asset }) => asset === account.underlying);
          return marginAccount(account, base, book.stablePrice, params);
        });
      return {
        accounts: margined,
        refused: book.holdings.filter((holding) => !bases.includes(holding)),
      };
    },
  });
}

function marginAccount(
  account: DeriveAccount,
  base: DeriveHolding | undefined,
  stablePrice: Fixed18,
  params: Pm1Params,
): MarginedAccount {
  const inputs: Pm1Inputs = { ...pmInputs(account, stablePrice), base: base?.amount ?? 0n };
  const result = pm1Margin(inputs, params);
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
  const factor = initialFactor(params, stablePrice);
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
    ...explained(
      account,
      params.scenarios,
      result,
      contributions,
      base ? [{ item: base.asset, pnl: contributions.base }] : [],
    ),
  };
}
