import { twinFigures, type TwinFigures, type TwinOpenOrder } from "./twin-margin.ts";
import { costOf, type Side, type TwinOrder, type TwinState } from "./twin-state.ts";

/**
 * What the engine decided where the twin's figures, which leave roundings out, are too close to call. Everything else the twin decides
 * by itself.
 */
export interface Hint {
  readonly refused: boolean;
  readonly triggersFailed: ReadonlySet<number>;
  readonly called: ReadonlySet<number>;
  readonly restored: ReadonlySet<number>;
  /** Told each time that a decision was left to the engine. */
  readonly onClose: () => void;
}

export interface ProposedOrder {
  readonly instrument: number;
  readonly side: Side;
  readonly lots: number;
  readonly priceMicros: bigint;
  readonly fee: bigint;
}

export interface ProposedTrade {
  readonly instrument: number;
  /** Signed. */
  readonly lots: number;
  readonly priceMicros: bigint;
  readonly fee: bigint;
}

export interface Proposal {
  readonly orders?: readonly ProposedOrder[];
  readonly trades?: readonly ProposedTrade[];
  /** Resting orders that will be gone. */
  readonly but?: readonly TwinOrder[];
  readonly spend?: { readonly asset: number; readonly units: bigint };
  readonly isolated?: boolean;
}

/** Some dozens of figures of an account are rounded to units, the dearest being a satoshi. */
const slackUsd = 0.03;

/** What the engine's roundings may come to, in dollars. */
export const slackOf = (...usd: number[]): number => slackUsd + 1e-11 * Math.max(...usd.map(Math.abs));

const scaleOf = (s: TwinState, asset: number): number => 10 ** s.given.asset(asset).decimals;

/** An account's figures in dollars, with what is proposed. */
export function figures(s: TwinState, account: number, proposal: Proposal = {}): TwinFigures {
  const { given } = s;
  const { orders = [], trades = [], but = [], spend } = proposal;
  const balances = Array.from(
    { length: given.assetCount },
    (_, asset) => Number(s.ledger.available(account, asset)) / scaleOf(s, asset),
  );
  const positions = new Map<number, { lots: number; cost: number }>();
  for (const instrument of s.positionsOf(account)) {
    const asset = given.settlementAssetOf(instrument);
    const { lots, entry } = s.position(account, instrument);
    positions.set(instrument, { lots, cost: Number(entry) / scaleOf(s, asset) });
    balances[asset]! += Number(s.fundingDue(account, instrument)) / scaleOf(s, asset);
  }
  if (spend) balances[spend.asset]! -= Number(spend.units) / scaleOf(s, spend.asset);
  for (const { instrument, lots, priceMicros, fee } of trades) {
    const spec = given.instrument(instrument);
    const asset = given.settlementAssetOf(instrument);
    const cost = Number(costOf(given, instrument, lots, priceMicros)) / scaleOf(s, asset);
    balances[asset]! -= Number(fee) / scaleOf(s, asset);
    if (spec.kind === "spot") {
      balances[asset]! -= cost;
      balances[given.baseAssetOf(instrument)]! += (lots * spec.lotNanos) / 1e9;
      continue;
    }
    const held = positions.get(instrument) ?? { lots: 0, cost: 0 };
    if (spec.kind === "option") balances[asset]! -= cost;
    else held.cost += cost;
    held.lots += lots;
    positions.set(instrument, held);
  }
  const resting = s.resting.filter((o) => o.account === account && !but.includes(o));
  const priceOf = (order: TwinOrder): number => order.ticks * given.instrument(order.instrument).tickMicros;
  const open: TwinOpenOrder[] = [
    ...resting.map((o) => ({
      instrument: o.instrument,
      side: o.side,
      lots: o.lots,
      priceMicros: priceOf(o),
    })),
    ...orders.map((o) => {
      const asset = given.settlementAssetOf(o.instrument);
      const feeUsd = ((Number(o.fee) / scaleOf(s, asset)) * given.assetPriceMicros(asset)) / 1e6;
      return {
        instrument: o.instrument,
        side: o.side,
        lots: o.lots,
        priceMicros: Number(o.priceMicros),
        feeUsd,
      };
    }),
  ];
  return twinFigures(given, {
    isolated: proposal.isolated ?? s.modes[account] === "isolated",
    balances,
    positions: [...positions].map(([instrument, position]) => ({ instrument, ...position })),
    orders: open,
    openInterest: (instrument) => s.openInterest(instrument),
  });
}

/** −1, 0 or 1, and undefined when the difference is within what roundings may come to. */
function compare(a: number, b: number): number | undefined {
  if (Math.abs(a - b) <= slackOf(a, b)) return undefined;
  return a > b ? 1 : -1;
}

/** May this happen? Where it is too close to call, what the engine said. */
export function marginAllows(s: TwinState, account: number, proposal: Proposal, hint: Hint): boolean {
  const after = figures(s, account, proposal);
  const meets = compare(after.equity, after.initial);
  if (meets === 1) return true;
  const trades = proposal.trades ?? (proposal.orders ?? []).map(asTrade);
  const lessens = trades.length === 0 ? false : lessensRisk(s, account, trades, proposal.but ?? []);
  if (lessens === true || (meets === -1 && lessens === false)) return lessens;
  hint.onClose();
  return !hint.refused;
}

const asTrade = ({ side, lots, ...rest }: ProposedOrder): ProposedTrade => ({
  ...rest,
  lots: side === "buy" ? lots : -lots,
});

/**
 * Whether an account below its initial margin may do it: requirements don't rise, and equity over maintenance doesn't fall. What only
 * closes positions may cost equity. Undefined: too close to call.
 */
function lessensRisk(
  s: TwinState,
  account: number,
  trades: readonly ProposedTrade[],
  but: readonly TwinOrder[],
): boolean | undefined {
  const { given } = s;
  const open = s.resting.filter((o) => o.account === account && !but.includes(o));
  const closesOnly = trades.every(({ instrument, lots }) => {
    const held = s.position(account, instrument).lots;
    const side = lots > 0 ? "buy" : "sell";
    const others = open
      .filter((o) => o.instrument === instrument && o.side === side)
      .reduce((sum, o) => sum + o.lots, 0);
    return (
      given.instrument(instrument).kind !== "spot" &&
      held * lots < 0 &&
      Math.abs(lots) + others <= Math.abs(held)
    );
  });
  const done = trades.map((trade) =>
    closesOnly ? { ...trade, fee: 0n, priceMicros: BigInt(given.markMicros(trade.instrument)) } : trade,
  );
  const before = figures(s, account, { but });
  const after = figures(s, account, { trades: done, but });
  const rises = [compare(after.initial, before.initial), compare(after.maintenance, before.maintenance)];
  if (rises.includes(1)) return false;
  // Requirements that are exactly equal are so in both; only amounts that differ a little are in doubt.
  const doubtful =
    (rises[0] === undefined && after.initial > before.initial) ||
    (rises[1] === undefined && after.maintenance > before.maintenance);
  if (closesOnly) return doubtful ? undefined : true;
  const ratio = after.equity * before.maintenance - before.equity * after.maintenance;
  const scale = Math.abs(after.equity * before.maintenance) + Math.abs(before.equity * after.maintenance);
  const noise =
    2e-4 *
      (Math.abs(before.maintenance) +
        Math.abs(after.maintenance) +
        Math.abs(before.equity) +
        Math.abs(after.equity)) +
    1e-11 * scale;
  if (ratio < -noise) return false;
  return doubtful || ratio <= noise ? undefined : true;
}
