import {
  adjustedEquity,
  bracketMaintenance,
  loanMaintenanceRate,
  marginLoan,
  unifiedMaintenanceRatio,
} from "../../risk/venues/binance/unified-margin.ts";
import { isFields } from "./case-fields.ts";
import { type CaseInputs } from "./published-inputs.ts";
import { type Topic } from "./published-isolated.ts";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** One asset as a case tells it, in units of the asset. */
interface StatedAsset {
  readonly name: string;
  readonly held: number;
  readonly loan: number;
  /** Balance and unrealised profit of the futures accounts. */
  readonly futures: number;
  /** Maintenance margin of the futures settled in the asset. */
  readonly futuresMaintenance: number;
  readonly indexPrice: number;
  readonly collateralRate: number;
}

const heldNames = ["marginAssets", "assets", "held", "balances", "net", "netAssets"] as const;

/** Assets listed one by one, or as tables of what is held, borrowed, its price and its collateral rate. */
function assetsOf(inputs: CaseInputs): readonly StatedAsset[] {
  const listed = inputs.raw(...heldNames);
  const names = isFields(listed) ? Object.keys(listed) : [];
  const rows = inputs.list(...heldNames);
  if (rows.length > 0) {
    return rows.map((row, i) => ({
      name: row.text("asset", "coin", "currency").toUpperCase() || (names[i] ?? String(i)),
      held: row.number("net", "held", "balance", "amount", "size", "equity"),
      loan: row.number("loan", "borrowed"),
      futures: row.number("futuresAsset", "walletBalance") + row.number("futuresUnrealPnl", "unrealisedPnl"),
      futuresMaintenance: row.number("futuresMM"),
      indexPrice: row.numberIf("indexPrice", "index", "price") ?? 1,
      collateralRate: row.numberIf("collateralRate", "rate") ?? 1,
    }));
  }
  const held = inputs.table(...heldNames);
  const loans = inputs.table("loans", "borrowed", "loan");
  const wallets = inputs.table("futuresAssets", "walletBalances");
  const profits = inputs.table("futuresUnrealPnl", "unrealisedPnl");
  const futuresMargins = inputs.table("futuresMM");
  const prices = inputs.table("prices", "indexPrices", "index");
  const rates = inputs.table("collateralRates", "collateralRate");
  const named = [held, loans, wallets, profits, futuresMargins].flatMap((table) => [...table.keys()]);
  return [...new Set(named)].sort().map((name) => ({
    name,
    held: held.get(name) ?? 0,
    loan: loans.get(name) ?? 0,
    futures: (wallets.get(name) ?? 0) + (profits.get(name) ?? 0),
    futuresMaintenance: futuresMargins.get(name) ?? 0,
    indexPrice: prices.get(name) ?? 1,
    collateralRate: rates.get(name) ?? 1,
  }));
}

/** Maintenance of futures in US dollars: stated in sums, or by bracket of each position. */
const futuresMaintenance = (inputs: CaseInputs): number =>
  (typeof inputs.raw("futuresMM") === "object" ? 0 : inputs.number("futuresMM")) +
  inputs.number("umMM") +
  inputs.number("cmMM") +
  sum(
    inputs
      .list("futures", "positions")
      .map((row) =>
        bracketMaintenance(
          row.numberIf("notional") ??
            row.number("size", "quantity") * row.number("markPrice", "mark", "price"),
          row.number("mmr", "rate", "maintenanceRate"),
          row.number("cum", "cumulative", "maintenanceAmount"),
        ),
      ),
  );

/** Binance portfolio margin: equity and maintenance of what is borrowed, and the account's unified ratio. */
export const binanceBorrow: Topic = (inputs) => {
  const stated = Object.keys(inputs.fields).find((key) => /^mmr/i.test(key));
  const rate =
    stated === undefined
      ? (inputs.numberIf("rate") ?? loanMaintenanceRate.get(inputs.numberIf("leverage") ?? 3) ?? 0.1)
      : inputs.number(stated);
  const rows = assetsOf(inputs).map((asset) => ({ ...asset, ...marginLoan(asset.held, asset.loan, rate) }));
  const equityUsd =
    inputs.numberIf("adjustedEquity", "adjEquity", "equity", "accountEquity") ??
    adjustedEquity(rows.map((row) => ({ ...row, net: row.equity + row.futures })));
  const maintenanceUsd =
    inputs.numberIf("unifiedMM", "unifiedMaintenanceMargin", "maintenanceMargin", "totalMM", "mm") ??
    sum(rows.map((row) => (row.maintenance + row.futuresMaintenance) * row.indexPrice)) +
      futuresMaintenance(inputs);
  const unifiedRatio = unifiedMaintenanceRatio(equityUsd, maintenanceUsd);
  return {
    equity: Object.fromEntries(rows.map((row) => [row.name, row.equity])),
    marginMM: Object.fromEntries(rows.map((row) => [row.name, row.maintenance])),
    adjustedEquity: equityUsd,
    unifiedMM: maintenanceUsd,
    uniMMR: unifiedRatio,
    marginRatio: unifiedRatio,
  };
};
