import { type Market, type UnderlyingState } from "../../../market/index.ts";
import { type MarginModel } from "../../margin-model.ts";
import { type Fixed18, fixed18FromNumber } from "../shared/fixed18.ts";
import { unsupportedResult } from "../shared/net-margin-result.ts";
import {
  type DeriveAccount,
  type DeriveBook,
  deriveBook,
  type DeriveHolding,
  netPerp,
} from "./derive-book.ts";
import { type PmInputs, type PmOption, type PmResult } from "./pm-inputs.ts";
import { type MarginedAccount, perpContributions, pmResult } from "./pm-result.ts";
import { basisLabel, type LabelledScenario, scenarioLabel } from "./scenario-label.ts";
import { type PmSheet } from "./sheet.ts";

/** One generation of the venue's portfolio margin. */
export interface PmGeneration {
  readonly id: string;
  readonly title: string;
  readonly sheet: PmSheet;
  /** Margins a book that the venue takes, account by account, and names the assets that back none of them. */
  readonly marginAccounts: (
    book: DeriveBook,
    market: Market,
  ) => { readonly accounts: readonly MarginedAccount[]; readonly refused: readonly DeriveHolding[] };
}

/** The model of a generation. */
export const pmModel = ({ id, title, sheet, marginAccounts }: PmGeneration): MarginModel => ({
  id,
  title,
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
    const { accounts, refused } = marginAccounts(book, market);
    return pmResult(id, book, sheet, accounts, refused);
  },
});

/** An account that holds collateral and no position. */
export const emptyAccount = ({ symbol, indexUsd, confidence }: UnderlyingState): DeriveAccount => ({
  underlying: symbol,
  spotPrice: fixed18FromNumber(indexUsd),
  spotConfidence: fixed18FromNumber(confidence),
  perps: [],
  options: [],
  expiries: [],
  equityUsd: 0,
});

/** An account's positions, without its cash, which all accounts share. */
export const pmInputs = (account: DeriveAccount, stablePrice: Fixed18): PmInputs => ({
  spotPrice: account.spotPrice,
  spotConfidence: account.spotConfidence,
  stablePrice,
  cash: 0n,
  perp: netPerp(account),
  expiries: account.expiries,
  options: account.options.map(({ option }) => option),
});

/** Names an account's scenarios, and what each position and `collateral` makes in the worst of them. */
export function explained(
  account: DeriveAccount,
  scenarios: readonly LabelledScenario[],
  { worstScenario, worstPnl, scenarioPnl }: Pick<PmResult, "worstScenario" | "worstPnl" | "scenarioPnl">,
  { perp, options }: { readonly perp: Fixed18; readonly options: ReadonlyMap<PmOption, Fixed18> },
  collateral: MarginedAccount["contributions"],
): Pick<MarginedAccount, "worst" | "contributions" | "scenarios"> {
  const worst = scenarios[worstScenario];
  return {
    worst: { ...(worst ? scenarioLabel(worst) : basisLabel), pnl: worstPnl },
    contributions: [
      ...perpContributions(account, perp, worst),
      ...account.options.map(({ item, option }) => ({ item, pnl: options.get(option) ?? 0n })),
      ...collateral,
    ],
    scenarios: scenarios.map((scenario, i) => ({ ...scenarioLabel(scenario), pnl: scenarioPnl[i] ?? 0n })),
  };
}
