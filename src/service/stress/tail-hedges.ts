import { houseAccount } from "../../clearing/accounts/index.ts";
import { type Desk } from "../population/desk.ts";
import { type CoinView, type VenueView } from "../population/venue-view.ts";

/** Options that the fund bought. */
export interface HedgePurchase {
  readonly instrument: number;
  readonly lots: number;
  readonly premiumUnits: number;
}

/** Puts at this share of the forward, with at least so long to live. */
const strikeShare = 0.8;
const leastMs = 7 * 86_400_000;
/** What a maker asks above the mark. */
const markUp = 1.04;
/** Shares of the budget, coin by coin; the first coins have the open interest. */
const budgetShares: readonly number[] = [0.6, 0.4];

function putOf(view: VenueView, coin: CoinView, nowMs: number): number {
  const { markets } = view.stores;
  const expiry = coin.expiries.find(({ expiryMs }) => expiryMs - nowMs >= leastMs) ?? coin.expiries.at(-1);
  const aim = markets.indexMicros(coin.underlying) * strikeShare;
  let best = -1;
  let nearest = Infinity;
  for (const { strikeMicros, put } of expiry?.strikes ?? []) {
    const distance = Math.abs(strikeMicros - aim);
    if (put < 0 || markets.markMicros(put) === 0 || distance >= nearest) continue;
    [best, nearest] = [put, distance];
  }
  return best;
}

/** Has the fund buy puts out of the money from a maker who offers them, up to its budget. */
export function buyTailHedges(desk: Desk, view: VenueView, risk: string): HedgePurchase[] {
  const { stores } = view;
  const { markets, ledger, positions } = stores;
  const asset = markets.assets.find("USDC");
  const balance = ledger.balance(houseAccount.insurance, asset);
  const budget = (balance * markets.liquidation.get("hedgeBudgetPpm")) / 1e6;
  const seller = `0x${"5e".repeat(20)}`;
  const account = desk.send(seller, { type: "openAccount", marginMode: "cross" }).made;
  const units = 100_000_000_000_000;
  desk.send(risk, { type: "deposit", account, asset, units, reference: "seller of options" });
  const bought: HedgePurchase[] = [];
  for (const [i, share] of budgetShares.entries()) {
    const coin = view.coins[i];
    const instrument = coin ? putOf(view, coin, desk.timeMs) : -1;
    if (instrument < 0) continue;
    const terms = stores.terms(instrument);
    const priceTicks = Math.max(1, Math.ceil((markets.markMicros(instrument) * markUp) / terms.tickMicros));
    const perLot = priceTicks * terms.unitsPerLotTick;
    // A little less: what is held counts at its mark already.
    const most = markets.instruments.get("maxOrderLots", instrument);
    const lots = Math.min(most, Math.floor((0.98 * budget * share) / perLot));
    if (lots < 1) continue;
    desk.send(seller, {
      type: "placeOrder",
      account,
      instrument,
      side: "sell",
      priceTicks,
      lots,
      timeInForce: "gtc",
      postOnly: false,
      reduceOnly: false,
      clientOrderId: 0,
      expiryMs: 0,
      route: "book",
      selfTradePrevention: "cancelResting",
      trigger: "none",
      triggerTicks: 0,
    });
    desk.send(risk, { type: "hedgeFund", instrument, lots, priceTicks });
    const held = positions.lotsOf(houseAccount.insurance, instrument);
    const slot = positions.find(houseAccount.insurance, instrument);
    if (held > 0) bought.push({ instrument, lots: held, premiumUnits: positions.entryUnits[slot] ?? 0 });
  }
  return bought;
}
