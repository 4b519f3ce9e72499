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
  /** Orders, for margin. */
  readonly cancelled: ReadonlySet<number>;
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
    if (given.isExpired(instrument)) {
      // As if it were settled already.
      balances[asset]! += Number(s.settlementOf(account, instrument)) / scaleOf(s, asset);
      continue;
    }
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
    else {
      // What closes is realised: cash, no longer profit of the position.
      const closed = held.lots * lots < 0 ? Math.min(Math.abs(lots), Math.abs(held.lots)) : 0;
      const closingCost = (cost * closed) / Math.abs(lots);
      const freed = held.lots === 0 ? 0 : (held.cost * closed) / Math.abs(held.lots);
      balances[asset]! -= closingCost + freed;
      held.cost += cost - closingCost - freed;
    }
    held.lots += lots;
    positions.set(instrument, held);
  }
  const resting = s.resting.filter(
    (o) => o.account === account && !but.includes(o) && !given.isExpired(o.instrument),
  );
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
  // Taking quotes away needs no margin.
  if (proposal.orders?.length === 0) return true;
  const after = figures(s, account, proposal);
  const meets = compare(after.equity, after.initial);
  if (meets === 1) return true;
  const trades = proposal.trades ?? (proposal.orders ?? []).map(asTrade);
  const but = proposal.but ?? [];
  // Of several orders any may fill without the others: only what closes is sure to lessen risk.
  const mayHelp =
    trades.length === 1 ||
    (trades.length > 0 && (proposal.trades !== undefined || closesOnly(s, account, trades, but)));
  const lessens = mayHelp ? lessensRisk(s, account, trades, but) : false;
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
 * closes positions may cost equity if it trades at the mark or better, or leaves the account above its maintenance margin. Undefined:
 * too close to call.
 */
function lessensRisk(
  s: TwinState,
  account: number,
  trades: readonly ProposedTrade[],
  but: readonly TwinOrder[],
): boolean | undefined {
  const before = figures(s, account, { but });
  const after = figures(s, account, { trades, but });
  if (closesOnly(s, account, trades, but)) {
    const atMark = trades.map((t) => ({
      ...t,
      fee: 0n,
      priceMicros: BigInt(s.given.markMicros(t.instrument)),
    }));
    const no = requiresMore(before, figures(s, account, { trades: atMark, but }));
    if (no === true) return false;
    const may = trades.every((trade) => isFair(s, trade)) ? 1 : compare(after.equity, after.maintenance);
    if (may === -1) return false;
    return no === undefined || may === undefined ? undefined : true;
  }
  const no = requiresMore(before, after);
  if (no === true) return false;
  const ratio = after.equity * before.maintenance - before.equity * after.maintenance;
  const sizes = [before.equity, before.maintenance, after.equity, after.maintenance].map(Math.abs);
  const largest = Math.max(...sizes);
  const noise = 4 * largest * (slackUsd + 1e-11 * largest);
  if (ratio < -noise) return false;
  return no === undefined || ratio <= noise ? undefined : true;
}

/** Does a requirement rise? Undefined: by no more than roundings come to. */
function requiresMore(before: TwinFigures, after: TwinFigures): boolean | undefined {
  const rises = [compare(after.initial, before.initial), compare(after.maintenance, before.maintenance)];
  if (rises.includes(1)) return true;
  const isDoubtful =
    (rises[0] === undefined && after.initial > before.initial) ||
    (rises[1] === undefined && after.maintenance > before.maintenance);
  return isDoubtful ? undefined : false;
}

function closesOnly(
  s: TwinState,
  account: number,
  trades: readonly ProposedTrade[],
  but: readonly TwinOrder[],
): boolean {
  const closing = new Map<number, number>();
  return trades.every(({ instrument, lots }) => {
    const held = s.position(account, instrument).lots;
    const side = lots > 0 ? "buy" : "sell";
    const open = s.resting
      .filter(
        (o) => o.account === account && !but.includes(o) && o.instrument === instrument && o.side === side,
      )
      .reduce((sum, o) => sum + o.lots, 0);
    const all = (closing.get(instrument) ?? open) + Math.abs(lots);
    closing.set(instrument, all);
    return held * lots < 0 && all <= Math.abs(held);
  });
}

/** Does a trade lose nothing against the mark? */
function isFair({ given }: TwinState, { instrument, lots, priceMicros }: ProposedTrade): boolean {
  const mark = BigInt(given.markMicros(instrument));
  const cost = costOf(given, instrument, lots, priceMicros);
  const worth = mark === 0n ? 0n : -costOf(given, instrument, -lots, mark);
  return cost <= worth;
}
