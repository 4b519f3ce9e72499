import { type Machine } from "../engine/index.ts";
import { type Exposure } from "./exposure.ts";
import { type ScenarioRows } from "./scenario-rows.ts";
import { gainOf, itemGain, shortMicros } from "./survey.ts";

/** Positions and balances of an account that are told of, those that lose most first. */
const toldItems = 5;

/** What one owner loses beyond the equity of its accounts in a scenario, and by what. */
export interface ExplainedOwner {
  readonly owner: string;
  readonly shortMicros: number;
  /** Only those that fall below 0. */
  readonly accounts: readonly ExplainedAccount[];
}

export interface ExplainedAccount {
  readonly account: number;
  readonly mode: string;
  /** Equity now, gain in the scenario, cost of closing: short of 0 by −(equity + gain − cost). USD micros. */
  readonly equityMicros: number;
  readonly gainMicros: number;
  readonly closeOutMicros: number;
  readonly shortMicros: number;
  /** Market whose tranche of the fund pays first: that of its largest position; empty without one. */
  readonly market: string;
  /** Sizes in units of the asset or underlying; in quote currency of inverse perpetuals and futures. */
  readonly items: readonly { readonly item: string; readonly size: number; readonly gainMicros: number }[];
}

const micros = (usd: number): number => Math.round(usd * 1e6) + 0;

/** The market that a liquidation of the account would be counted to: that of its largest position by notional; −1 without one. */
export function marketOf(m: Machine, { items }: Exposure): number {
  let found = "";
  let most = 0;
  for (const { rows, size } of items) {
    if (rows.kind !== "instrument") continue;
    const notional = Math.abs(size) * rows.notionalUsd;
    if (notional > most) [found, most] = [rows.item, notional];
  }
  return found === "" ? -1 : m.markets.instruments.find(found);
}

export function explainOwner(
  m: Machine,
  rows: ScenarioRows,
  exposures: readonly Exposure[],
  s: number,
): ExplainedOwner {
  const accounts = exposures.flatMap((exposure): ExplainedAccount[] => {
    const { account, equityMicros, closeOutUsd } = exposure;
    const gainUsd = gainOf(exposure, rows, s);
    const short = shortMicros(exposure, gainUsd);
    if (short === 0) return [];
    const market = marketOf(m, exposure);
    const items = exposure.items
      .map((item) => ({
        item: item.rows.item,
        size: item.size * (m.margin.epoch?.market.instruments.get(item.rows.item)?.contractSize ?? 1),
        gainMicros: micros(itemGain(item, rows, s)),
      }))
      .sort((a, b) => a.gainMicros - b.gainMicros);
    return [
      {
        account,
        mode: m.accounts.mode(account),
        equityMicros,
        gainMicros: micros(gainUsd),
        closeOutMicros: micros(closeOutUsd),
        shortMicros: short,
        market: market < 0 ? "" : m.markets.instruments.label(market),
        items: items.slice(0, toldItems),
      },
    ];
  });
  return {
    owner: m.accounts.owner(exposures[0]?.account ?? -1),
    shortMicros: accounts.reduce((sum, { shortMicros: short }) => sum + short, 0),
    accounts,
  };
}
