import {
  type ClearingEvent,
  type MarginMode,
  type Rejection,
  type RejectionCode,
  type TradingStatus,
} from "../../../src/clearing/protocol/index.ts";
import { type Given } from "./given.ts";
import { type Hint } from "./twin-margin-checks.ts";
import { ceilDiv, floorDiv, TwinLedger } from "./twin-ledger.ts";

export type Side = "buy" | "sell";

/** An order that rests or waits. */
export interface TwinOrder {
  readonly id: number;
  readonly account: number;
  readonly instrument: number;
  readonly side: Side;
  ticks: number;
  /** Not yet filled. */
  lots: number;
  filled: number;
  readonly clientOrderId: number;
  readonly expiryMs: number;
  readonly reduceOnly: boolean;
  readonly postOnly: boolean;
  readonly isQuote: boolean;
  /** Rises with time; of two at a price the lower goes first. */
  priority: number;
  /** Waiting orders only. */
  readonly trigger?: TwinTrigger;
}

export interface TwinTrigger {
  readonly ticks: number;
  readonly rises: boolean;
  readonly timeInForce: "gtc" | "ioc" | "fok";
  readonly selfTrade: string;
  /** Order in which it fired; 0 while it waits. */
  due: number;
}

export interface TwinPositionState {
  lots: number;
  entry: bigint;
  funding: bigint;
}

export interface TwinWithdrawal {
  readonly account: number;
  readonly asset: number;
  readonly units: bigint;
}

export interface TwinOffer {
  readonly id: number;
  readonly account: number;
  readonly priceTicks: readonly number[];
  readonly expiryMs: number;
}

export interface TwinRequest {
  readonly id: number;
  readonly account: number;
  readonly counterparty: number;
  readonly legs: readonly { readonly instrument: number; readonly lots: number }[];
  readonly expiryMs: number;
  readonly offers: TwinOffer[];
}

/** What one command does of work that others left. */
export interface TwinWork {
  readonly closedOrders: number;
  readonly settlements: number;
  readonly triggers: number;
  readonly triggerMeetings: number;
}

/** All that the twin knows: maps, arrays and bigints. */
export class TwinState {
  readonly given: Given;
  readonly events: ClearingEvent[] = [];
  readonly work: TwinWork;
  /** Resting orders that were filled or lost lots. */
  met = 0;
  timeMs = 0;
  status: TradingStatus = "active";
  /** By account: its owner, or a label in brackets for the house's. */
  readonly owners: string[] = [];
  readonly modes: MarginMode[] = [];
  readonly ledger: TwinLedger;
  readonly positions: Map<string, TwinPositionState> = new Map();
  resting: TwinOrder[] = [];
  waiting: TwinOrder[] = [];
  readonly withdrawals: Map<number, TwinWithdrawal> = new Map();
  readonly requests: Map<number, TwinRequest> = new Map();
  readonly deposits: Set<string> = new Set();
  /** By instrument. */
  readonly clearingAccounts: number[] = [];
  nextOrder = 1;
  nextPriority = 1;
  nextTrade = 1;
  nextWithdrawal = 1;
  nextRequest = 1;
  nextOffer = 1;
  nextDue = 1;

  constructor(given: Given, work: TwinWork) {
    this.given = given;
    this.work = work;
    this.ledger = new TwinLedger(
      (account) => this.isHouse(account),
      (account, asset, units) => this.emit({ type: "interestPaid", account, asset, units: Number(units) }),
    );
  }

  /** Looks at an account as the margin sweep does, if that is still under way. The twin's own, set by it. */
  lookAt: (account: number, hint: Hint) => void = () => {};
  isSweeping: () => boolean = () => false;

  emit(event: ClearingEvent): void {
    this.events.push(event);
  }

  isHouse(account: number): boolean {
    return this.owners[account]?.startsWith("[") ?? false;
  }

  position(account: number, instrument: number): TwinPositionState {
    return this.positions.get(`${account}/${instrument}`) ?? { lots: 0, entry: 0n, funding: 0n };
  }

  /** Instruments in which an account has a position, ascending. */
  positionsOf(account: number): number[] {
    return [...this.positions]
      .filter(([key, { lots }]) => key.startsWith(`${account}/`) && lots !== 0)
      .map(([key]) => Number(key.split("/")[1]))
      .sort((a, b) => a - b);
  }

  openInterest(instrument: number): number {
    let lots = 0;
    for (const [key, position] of this.positions) {
      if (key.endsWith(`/${instrument}`)) lots += Math.max(0, position.lots);
    }
    return lots;
  }

  /** Instruments with a position or a resting order. */
  slotsOf(account: number): number {
    const orders = this.resting.filter((o) => o.account === account).map((o) => o.instrument);
    return new Set([...this.positionsOf(account), ...orders]).size;
  }

  openLots(account: number, instrument: number, side: Side): number {
    return this.resting
      .filter((o) => o.account === account && o.instrument === instrument && o.side === side)
      .reduce((sum, o) => sum + o.lots, 0);
  }

  /** Funding received up to now and not yet paid, rounded down. */
  fundingDue(account: number, instrument: number): bigint {
    const { lots, funding } = this.position(account, instrument);
    if (lots === 0) return 0n;
    return -ceilDiv(BigInt(lots) * (this.given.fundingPerLot(instrument) - funding), 10n ** 12n);
  }

  /** What a position in an expired future or option is paid when its turn comes. */
  settlementOf(account: number, instrument: number): bigint {
    const { given } = this;
    const { lots, entry } = this.position(account, instrument);
    const { kind, optionType, strikeMicros } = given.instrument(instrument);
    const average = given.settlementMicros(instrument);
    const isOption = kind === "option";
    const worth = isOption
      ? Math.max(0, optionType === "call" ? average - strikeMicros : strikeMicros - average)
      : average;
    const cost = worth === 0 ? 0n : costOf(given, instrument, -lots, BigInt(worth));
    return isOption ? -cost : -cost - entry;
  }

  /** Moves a signed amount from `house` to `account`, and tells of it. */
  settle(
    account: number,
    house: number,
    asset: number,
    units: bigint,
    reason: "trade" | "premium" | "fee" | "realisedProfit" | "funding" | "settlement",
  ): void {
    if (units > 0n) this.move(house, account, asset, units, reason);
    else if (units < 0n) this.move(account, house, asset, -units, reason);
  }

  move(
    from: number,
    to: number,
    asset: number,
    units: bigint,
    reason: Extract<ClearingEvent, { type: "balanceChanged" }>["reason"],
  ): void {
    if (units === 0n) return;
    this.ledger.transfer(from, to, asset, units);
    for (const [account, signed] of [
      [from, -units],
      [to, units],
    ] as const) {
      if (this.isHouse(account)) continue;
      const balanceUnits = Number(this.ledger.balance(account, asset));
      this.emit({ type: "balanceChanged", account, asset, units: Number(signed), balanceUnits, reason });
    }
  }
}

export const refuse = (code: RejectionCode, field: string): Rejection => ({
  code,
  field,
  value: "",
  limit: "",
});

/** Value of lots at a price, in settlement units: [rounded down, rounded up]. */
export function valueOf(
  given: Given,
  instrument: number,
  lots: number,
  priceMicros: bigint,
): readonly [bigint, bigint] {
  const spec = given.instrument(instrument);
  if (spec.settlement === "linear") {
    const product = BigInt(lots) * BigInt(spec.lotNanos) * priceMicros;
    return [floorDiv(product, 10n ** 9n), ceilDiv(product, 10n ** 9n)];
  }
  const { decimals } = given.asset(given.settlementAssetOf(instrument));
  const coin = BigInt(lots) * BigInt(spec.lotUsdMicros) * 10n ** BigInt(decimals);
  return [floorDiv(coin, priceMicros), ceilDiv(coin, priceMicros)];
}

/** Signed cost of a fill, rounded up: of inverse instruments the coin value with the sign turned. */
export function costOf(given: Given, instrument: number, signedLots: number, priceMicros: bigint): bigint {
  const [down, up] = valueOf(given, instrument, Math.abs(signedLots), priceMicros);
  const isInverse = given.instrument(instrument).settlement === "inverse";
  if (isInverse) return signedLots > 0 ? -down : up;
  return signedLots > 0 ? up : -down;
}

/** Units of the base asset in lots of spot. */
export function baseUnits(given: Given, instrument: number, lots: number): bigint {
  const { decimals } = given.asset(given.baseAssetOf(instrument));
  return (BigInt(lots) * BigInt(given.instrument(instrument).lotNanos) * 10n ** BigInt(decimals)) / 10n ** 9n;
}
