import { abs, div, type Fixed18, max, mul, one } from "../../../risk/venues/shared/fixed18.ts";
import {
  type Direction,
  outputPrice,
  type Reserves,
  type Snapshot,
  spotPrice,
  swapInput,
  swapOutput,
  timeWeighted,
} from "./amm.ts";
import { StepRefused } from "./refused.ts";

/** 18 decimals; times in seconds. */
export interface MarketParams {
  readonly reserves: Reserves;
  readonly fundingPeriod: bigint;
  readonly tollRatio: Fixed18;
  readonly spreadRatio: Fixed18;
  readonly initMarginRatio: Fixed18;
  readonly maintenanceMarginRatio: Fixed18;
  readonly liquidationFeeRatio: Fixed18;
  /** 1 or 0: a liquidation closes everything. */
  readonly partialLiquidationRatio: Fixed18;
  readonly startSeconds: bigint;
}

export interface Position {
  readonly size: Fixed18;
  readonly margin: Fixed18;
  readonly openNotional: Fixed18;
  readonly lastPremium: Fixed18;
}

export interface Oracle {
  readonly price: Fixed18;
  readonly twap: Fixed18;
}

/** What the contracts report of a changed position. */
export interface PositionChanged {
  readonly margin: Fixed18;
  readonly positionNotional: Fixed18;
  readonly exchangedPositionSize: Fixed18;
  readonly fee: Fixed18;
  readonly sizeAfter: Fixed18;
  readonly realizedPnl: Fixed18;
  readonly unrealizedPnlAfter: Fixed18;
  readonly badDebt: Fixed18;
  readonly liquidationPenalty: Fixed18;
  readonly spotPrice: Fixed18;
  readonly fundingPayment: Fixed18;
}

export interface Liquidated {
  readonly positionNotional: Fixed18;
  readonly positionSize: Fixed18;
  readonly liquidationFee: Fixed18;
  readonly badDebt: Fixed18;
}

const flat: Position = { size: 0n, margin: 0n, openNotional: 0n, lastPremium: 0n };
const twapSeconds = 900n;
const fundingTwapSeconds = 3600n;
const secondsPerHour = 3600n;
const secondsPerDay = 86_400n;
/** Mark and oracle this far apart: the oracle may speak for a position about to be liquidated. */
const spreadLimit: Fixed18 = one / 10n;
const ratioReason = "Margin ratio not meet criteria";

/** A change of a position before it is booked. */
interface Change {
  readonly position: Position;
  /** Quote exchanged with the AMM. */
  readonly notional: Fixed18;
  /** Base, signed for the trader. */
  readonly exchanged: Fixed18;
  readonly badDebt: Fixed18;
  readonly fundingPayment: Fixed18;
  readonly realizedPnl: Fixed18;
  readonly unrealizedPnlAfter: Fixed18;
  /** What the trader pays in (positive) or gets (negative). */
  readonly marginToVault: Fixed18;
  readonly reserves: Reserves;
}

/** One market of Perpetual Protocol v1 (`@perp/contract` 2.2.0) with its vault and insurance fund, step by step. */
export class PerpetualV1Market {
  readonly #params: MarketParams;
  readonly #positions = new Map<string, Position>();
  readonly #snapshots: Snapshot[];
  #reserves: Reserves;
  #oracle: Oracle = { price: 0n, twap: 0n };
  #nowSeconds: bigint;
  #nextFundingSeconds: bigint;
  #cumulativePremium: Fixed18 = 0n;
  #vault: Fixed18 = 0n;
  #insuranceFund: Fixed18 = 0n;
  /** What the fund advanced for payouts beyond the vault; later bad debt is set against it first. */
  #advanced: Fixed18 = 0n;

  constructor(params: MarketParams) {
    this.#params = params;
    this.#reserves = params.reserves;
    this.#nowSeconds = params.startSeconds;
    const first = params.startSeconds + params.fundingPeriod;
    this.#nextFundingSeconds = (first / secondsPerHour) * secondsPerHour;
    // The market's first reserves are far older than its opening.
    this.#snapshots = [{ seconds: params.startSeconds - 100n * secondsPerDay, reserves: params.reserves }];
  }

  get reserves(): Reserves {
    return this.#reserves;
  }

  get vault(): Fixed18 {
    return this.#vault;
  }

  /** Change of the insurance fund since the start. */
  get insuranceFund(): Fixed18 {
    return this.#insuranceFund;
  }

  get cumulativePremium(): Fixed18 {
    return this.#cumulativePremium;
  }

  position(trader: string): Position {
    return this.#positions.get(trader) ?? flat;
  }

  /** Time passes and the oracle is set: a new block. */
  advance(seconds: bigint, oracle: Oracle): void {
    this.#nowSeconds += seconds;
    this.#oracle = oracle;
  }

  /** Better of the ratios at the spot and at the 15-minute closing value. The position is open. */
  marginRatio(trader: string): Fixed18 {
    return this.#marginRatioOf(this.position(trader), this.#reserves);
  }

  /** Closing value of the whole position at the present reserves, and the profit it would realise. */
  spotValue(trader: string): { readonly notional: Fixed18; readonly pnl: Fixed18 } {
    return closing(this.position(trader), this.#reserves);
  }

  open(trader: string, side: "buy" | "sell", quote: Fixed18, leverage: Fixed18): PositionChanged {
    requireInput(quote);
    requireInput(leverage);
    if (div(one, leverage) < this.#params.initMarginRatio) throw new StepRefused(ratioReason);
    const old = this.position(trader);
    const grows = old.size === 0n || old.size > 0n === (side === "buy");
    const notional = mul(quote, leverage);
    const change = grows
      ? this.#increase(old, side, notional, leverage, this.#reserves)
      : this.#reverse(old, side, notional, leverage);
    if (old.size !== 0n && change.position.size !== 0n) {
      const ratio = this.#marginRatioOf(change.position, change.reserves);
      if (ratio < this.#params.maintenanceMarginRatio) throw new StepRefused(ratioReason);
    }
    this.#book(trader, change);
    if (change.marginToVault >= 0n) this.#vault += change.marginToVault;
    else this.#payOut(-change.marginToVault);
    return this.#changed(change, this.#takeFee(change.notional), 0n);
  }

  close(trader: string): PositionChanged {
    const change = this.#close(this.position(trader));
    this.#book(trader, change);
    if (change.badDebt > 0n) this.#realiseBadDebt(change.badDebt);
    this.#payOut(-change.marginToVault);
    return this.#changed(change, this.#takeFee(change.notional), 0n);
  }

  addMargin(trader: string, amount: Fixed18): void {
    requireInput(amount);
    const old = this.position(trader);
    this.#positions.set(trader, { ...old, margin: old.margin + amount });
    this.#vault += amount;
  }

  removeMargin(trader: string, amount: Fixed18): void {
    requireInput(amount);
    const old = this.position(trader);
    const { margin, badDebt } = this.#remaining(old, -amount);
    if (badDebt > 0n) throw new StepRefused("margin is not enough");
    const position = { ...old, margin, lastPremium: this.#cumulativePremium };
    const ratio = this.#marginRatioOf(position, this.#reserves);
    if (ratio < this.#params.initMarginRatio) throw new StepRefused(ratioReason);
    this.#positions.set(trader, position);
    this.#payOut(amount);
  }

  /** Settles the premium of the last hour between all positions; the fund takes the other side of their imbalance. */
  payFunding(): { readonly cumulativePremiumFraction: Fixed18; readonly fundingRate: Fixed18 } {
    if (this.#nowSeconds < this.#nextFundingSeconds) throw new StepRefused("settle funding too early");
    const { fundingPeriod } = this.#params;
    const mark = timeWeighted(this.#snapshots, this.#nowSeconds, fundingTwapSeconds, spotPrice);
    const fraction = ((mark - this.#oracle.twap) * fundingPeriod) / secondsPerDay;
    const fundingRate = div(fraction, this.#oracle.twap);
    this.#cumulativePremium += fraction;
    let netSize = 0n;
    for (const { size } of this.#positions.values()) netSize += size;
    const profit = mul(fraction, netSize);
    if (profit < 0n) this.#fundPays(-profit);
    else this.#toFund(profit);
    const onTheHour = ((this.#nextFundingSeconds + fundingPeriod) / secondsPerHour) * secondsPerHour;
    this.#nextFundingSeconds = max(this.#nowSeconds + fundingPeriod / 2n, onTheHour);
    return { cumulativePremiumFraction: this.#cumulativePremium, fundingRate };
  }

  liquidate(trader: string): { readonly changed: PositionChanged; readonly liquidated: Liquidated } {
    const old = this.position(trader);
    const { maintenanceMarginRatio, liquidationFeeRatio, partialLiquidationRatio } = this.#params;
    const ratio = this.#liquidationRatio(old);
    if (ratio >= maintenanceMarginRatio) throw new StepRefused(ratioReason);
    const partial =
      ratio > liquidationFeeRatio && partialLiquidationRatio < one && partialLiquidationRatio > 0n;
    return partial ? this.#liquidatePart(trader, old) : this.#liquidateAll(trader, old);
  }

  #liquidatePart(trader: string, old: Position): { changed: PositionChanged; liquidated: Liquidated } {
    const { liquidationFeeRatio, partialLiquidationRatio } = this.#params;
    const part = abs(mul(old.size, partialLiquidationRatio));
    const notional = outputPrice(this.#reserves, old.size > 0n ? "add" : "remove", part);
    const reduced = this.#reverse(old, old.size > 0n ? "sell" : "buy", notional, one);
    const penalty = mul(reduced.notional, liquidationFeeRatio);
    const margin = reduced.position.margin - penalty;
    if (margin < 0n) throw new StepRefused("SafeMath: subtraction overflow");
    const change = { ...reduced, position: { ...reduced.position, margin } };
    this.#book(trader, change);
    const fee = penalty / 2n;
    this.#toFund(penalty - fee);
    this.#payOut(fee);
    return { changed: this.#changed(change, 0n, penalty), liquidated: liquidatedBy(change, fee, 0n) };
  }

  #liquidateAll(trader: string, old: Position): { changed: PositionChanged; liquidated: Liquidated } {
    const change = this.#close(old);
    this.#book(trader, change);
    const remaining = -change.marginToVault;
    const fee = mul(change.notional, this.#params.liquidationFeeRatio) / 2n;
    const shortfall = max(0n, fee - remaining);
    const badDebt = change.badDebt + shortfall;
    if (badDebt > 0n) this.#realiseBadDebt(badDebt);
    // When the fee exceeds what remains, the fund still receives all of it, as this version does.
    this.#toFund(shortfall > 0n ? remaining : remaining - fee);
    this.#payOut(fee);
    return {
      changed: this.#changed(change, 0n, old.margin),
      liquidated: liquidatedBy(change, fee, shortfall),
    };
  }

  /** The ratio that decides a liquidation: the oracle's too when the mark has left it. */
  #liquidationRatio(position: Position): Fixed18 {
    const ratio = this.#marginRatioOf(position, this.#reserves);
    const { price } = this.#oracle;
    if (price === 0n) throw new StepRefused("underlying price is 0");
    if (abs(div(spotPrice(this.#reserves) - price, price)) < spreadLimit) return ratio;
    const notional = mul(abs(position.size), price);
    const pnl = position.size > 0n ? notional - position.openNotional : position.openNotional - notional;
    return max(ratio, this.#ratioAt(position, notional, pnl));
  }

  #marginRatioOf(position: Position, reserves: Reserves): Fixed18 {
    requirePosition(position);
    const spot = closing(position, reserves);
    const direction: Direction = position.size > 0n ? "add" : "remove";
    const snapshots = reserves === this.#reserves ? this.#snapshots : this.#withSnapshot(reserves);
    const notional = timeWeighted(snapshots, this.#nowSeconds, twapSeconds, (at) =>
      outputPrice(at, direction, abs(position.size)),
    );
    const pnl = pnlOf(position, notional);
    return spot.pnl > pnl
      ? this.#ratioAt(position, spot.notional, spot.pnl)
      : this.#ratioAt(position, notional, pnl);
  }

  #ratioAt(position: Position, notional: Fixed18, pnl: Fixed18): Fixed18 {
    const { margin, badDebt } = this.#remaining(position, pnl);
    if (notional === 0n) throw new StepRefused("SafeMath: division by zero");
    return div(margin - badDebt, notional);
  }

  /** Margin after a change and the funding owed; what is below 0 is bad debt. */
  #remaining(
    position: Position,
    change: Fixed18,
  ): { margin: Fixed18; badDebt: Fixed18; fundingPayment: Fixed18 } {
    const fundingPayment = mul(this.#cumulativePremium - position.lastPremium, position.size);
    const signed = position.margin + change - fundingPayment;
    return { margin: max(0n, signed), badDebt: max(0n, -signed), fundingPayment };
  }

  #increase(
    old: Position,
    side: "buy" | "sell",
    notional: Fixed18,
    leverage: Fixed18,
    reserves: Reserves,
  ): Change {
    const { base, after } = swapInput(reserves, side === "buy" ? "add" : "remove", notional);
    const exchanged = side === "buy" ? base : -base;
    const marginToVault = div(notional, leverage);
    const { margin, fundingPayment } = this.#remaining(old, marginToVault);
    return {
      position: {
        size: old.size + exchanged,
        margin,
        openNotional: old.openNotional + notional,
        lastPremium: this.#cumulativePremium,
      },
      notional,
      exchanged,
      badDebt: 0n,
      fundingPayment,
      realizedPnl: 0n,
      // Of the old position, at the reserves after the trade.
      unrealizedPnlAfter: closing(old, after).pnl,
      marginToVault,
      reserves: after,
    };
  }

  /** A trade against the position: reduces it, or closes it and opens the other side with the rest. */
  #reverse(old: Position, side: "buy" | "sell", notional: Fixed18, leverage: Fixed18): Change {
    const value = closing(old, this.#reserves);
    if (value.notional <= notional) return this.#closeAndOpen(old, side, notional, leverage);
    const { base, after } = swapInput(this.#reserves, side === "buy" ? "add" : "remove", notional);
    const realizedPnl = div(mul(value.pnl, base), abs(old.size));
    const unrealizedPnlAfter = value.pnl - realizedPnl;
    const { margin, badDebt, fundingPayment } = this.#remaining(old, realizedPnl);
    const rest = value.notional - notional;
    const openNotional = old.size > 0n ? rest - unrealizedPnlAfter : rest + unrealizedPnlAfter;
    if (openNotional <= 0n) throw new StepRefused("value of openNotional <= 0");
    const exchanged = side === "buy" ? base : -base;
    return {
      position: { size: old.size + exchanged, margin, openNotional, lastPremium: this.#cumulativePremium },
      notional,
      exchanged,
      badDebt,
      fundingPayment,
      realizedPnl,
      unrealizedPnlAfter,
      marginToVault: 0n,
      reserves: after,
    };
  }

  #closeAndOpen(old: Position, side: "buy" | "sell", notional: Fixed18, leverage: Fixed18): Change {
    const closed = this.#close(old);
    if (closed.badDebt > 0n) throw new StepRefused("reduce an underwater position");
    const rest = notional - closed.notional;
    if (rest < 0n) throw new StepRefused("SafeMath: subtraction overflow");
    if (div(rest, leverage) === 0n) return closed;
    const opened = this.#increase(flat, side, rest, leverage, closed.reserves);
    return {
      ...opened,
      notional: closed.notional + opened.notional,
      exchanged: closed.exchanged + opened.exchanged,
      fundingPayment: closed.fundingPayment + opened.fundingPayment,
      realizedPnl: closed.realizedPnl,
      unrealizedPnlAfter: 0n,
      marginToVault: closed.marginToVault + opened.marginToVault,
    };
  }

  #close(old: Position): Change {
    requirePosition(old);
    const { pnl } = closing(old, this.#reserves);
    const { margin, badDebt, fundingPayment } = this.#remaining(old, pnl);
    const { quote, after } = swapOutput(this.#reserves, old.size > 0n ? "add" : "remove", abs(old.size));
    return {
      position: flat,
      notional: quote,
      exchanged: -old.size,
      badDebt,
      fundingPayment,
      realizedPnl: pnl,
      unrealizedPnlAfter: 0n,
      marginToVault: -margin,
      reserves: after,
    };
  }

  #book(trader: string, { position, reserves }: Change): void {
    this.#positions.set(trader, position);
    if (reserves === this.#reserves) return;
    this.#snapshots.splice(0, this.#snapshots.length, ...this.#withSnapshot(reserves));
    this.#reserves = reserves;
  }

  #withSnapshot(reserves: Reserves): Snapshot[] {
    return [...this.#snapshots, { seconds: this.#nowSeconds, reserves }];
  }

  #takeFee(notional: Fixed18): Fixed18 {
    const spread = mul(notional, this.#params.spreadRatio);
    this.#insuranceFund += spread;
    return mul(notional, this.#params.tollRatio) + spread;
  }

  #payOut(amount: Fixed18): void {
    const short = max(0n, amount - this.#vault);
    this.#advanced += short;
    this.#insuranceFund -= short;
    this.#vault += short - amount;
  }

  #realiseBadDebt(amount: Fixed18): void {
    if (this.#advanced > amount) {
      this.#advanced -= amount;
      return;
    }
    this.#fundPays(amount - this.#advanced);
    this.#advanced = 0n;
  }

  #fundPays(amount: Fixed18): void {
    this.#insuranceFund -= amount;
    this.#vault += amount;
  }

  /** To the fund, at most what the vault holds. */
  #toFund(amount: Fixed18): void {
    const paid = amount > this.#vault ? this.#vault : amount;
    this.#vault -= paid;
    this.#insuranceFund += paid;
  }

  #changed(change: Change, fee: Fixed18, liquidationPenalty: Fixed18): PositionChanged {
    return {
      margin: change.position.margin,
      positionNotional: change.notional,
      exchangedPositionSize: change.exchanged,
      fee,
      sizeAfter: change.position.size,
      realizedPnl: change.realizedPnl,
      unrealizedPnlAfter: change.unrealizedPnlAfter,
      badDebt: change.badDebt,
      liquidationPenalty,
      spotPrice: spotPrice(change.reserves),
      fundingPayment: change.fundingPayment,
    };
  }
}

const liquidatedBy = (change: Change, liquidationFee: Fixed18, badDebt: Fixed18): Liquidated => ({
  positionNotional: change.notional,
  positionSize: abs(change.exchanged),
  liquidationFee,
  badDebt,
});

const pnlOf = ({ size, openNotional }: Position, notional: Fixed18): Fixed18 =>
  size > 0n ? notional - openNotional : openNotional - notional;

function closing(position: Position, reserves: Reserves): { notional: Fixed18; pnl: Fixed18 } {
  if (position.size === 0n) return { notional: 0n, pnl: 0n };
  const notional = outputPrice(reserves, position.size > 0n ? "add" : "remove", abs(position.size));
  return { notional, pnl: pnlOf(position, notional) };
}

function requireInput(amount: Fixed18): void {
  if (amount === 0n) throw new StepRefused("input is 0");
}

function requirePosition({ size }: Position): void {
  if (size === 0n) throw new StepRefused("positionSize is 0");
}
