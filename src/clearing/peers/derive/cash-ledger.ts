import { div, type Fixed18, max, min, mul, one } from "../../../risk/venues/shared/fixed18.ts";
import { type KinkedRateModel } from "../../lending/rate-model.ts";
import { borrowRate, interestFactor } from "./interest-model.ts";
import { StepReverted } from "./reverted.ts";

/** Units of 18 decimals in one unit of the 6-decimal stable coin. */
const stableScale = 10n ** 12n;

interface Holder {
  /** As stored at the last touch. */
  readonly balance: Fixed18;
  /** Index of the side of the balance at the last touch; 0 when there is none. */
  readonly index: Fixed18;
}

/** All of the ledger's state, replaced whole by each step. */
interface State {
  readonly nowSeconds: bigint;
  readonly totalSupply: Fixed18;
  readonly totalBorrow: Fixed18;
  /** Cash that settlement printed (positive) or burned. */
  readonly netSettledCash: Fixed18;
  readonly accruedSmFees: Fixed18;
  readonly borrowIndex: Fixed18;
  readonly supplyIndex: Fixed18;
  readonly smFeeFraction: Fixed18;
  readonly smFeeBefore: Fixed18;
  readonly withdrawFeeEnabled: boolean;
  /** 6 decimals. */
  readonly stableHeld: bigint;
  readonly holders: readonly Holder[];
}

const nothing: Holder = { balance: 0n, index: 0n };

/** Derive's cash asset, step by step: a stable coin's wrapper whose negative balances are loans. */
export class DeriveCashLedger {
  readonly #model: KinkedRateModel;
  readonly #smAccount: number;
  #state: State;

  constructor(model: KinkedRateModel, accountCount: number, smAccount: number, smFeeFraction: Fixed18) {
    this.#model = model;
    this.#smAccount = smAccount;
    const holders = Array.from({ length: Math.max(accountCount, smAccount + 1) }, () => nothing);
    this.#state = {
      nowSeconds: 0n,
      totalSupply: 0n,
      totalBorrow: 0n,
      netSettledCash: 0n,
      accruedSmFees: 0n,
      borrowIndex: one,
      supplyIndex: one,
      smFeeFraction,
      smFeeBefore: smFeeFraction,
      withdrawFeeEnabled: false,
      stableHeld: 0n,
      holders,
    };
  }

  /** A ledger of its own in the same state. */
  copy(): DeriveCashLedger {
    const { holders, smFeeFraction } = this.#state;
    const copy = new DeriveCashLedger(this.#model, holders.length, this.#smAccount, smFeeFraction);
    copy.#state = this.#state;
    return copy;
  }

  /** As stored at the last touch. */
  balance(account: number): Fixed18 {
    return this.#state.holders[account]?.balance ?? 0n;
  }

  /** Index of the side of a balance at the last touch; 0 when there is none. */
  cashIndex(account: number): Fixed18 {
    return this.#state.holders[account]?.index ?? 0n;
  }

  totals(): { readonly totalSupply: Fixed18; readonly totalBorrow: Fixed18 } {
    const { totalSupply, totalBorrow } = this.#state;
    return { totalSupply, totalBorrow };
  }

  deposit(seconds: bigint, account: number, stableAmount: bigint): void {
    const { stableHeld } = this.#state;
    const paidIn = { ...this.#state, stableHeld: stableHeld + stableAmount };
    this.#state = this.#adjust(paidIn, seconds, account, stableAmount * stableScale);
  }

  withdraw(seconds: bigint, account: number, stableAmount: bigint): void {
    const state = this.#state;
    if (stableAmount > state.stableHeld) throw new StepReverted("InsufficientStableBacking");
    const cash = stableAmount * stableScale;
    const burned = state.withdrawFeeEnabled ? div(cash, exchangeRate(state)) : cash;
    const paidOut = { ...state, stableHeld: state.stableHeld - stableAmount };
    this.#state = this.#adjust(paidOut, seconds, account, -burned);
  }

  transfer(seconds: bigint, from: number, to: number, amount: Fixed18): void {
    const sent = this.#adjust(this.#state, seconds, from, -amount);
    this.#state = this.#adjust(sent, seconds, to, amount);
  }

  /** Cash printed or burned when one side of a trade settles. */
  settle(seconds: bigint, account: number, amount: Fixed18): void {
    const netSettledCash = this.#state.netSettledCash + amount;
    // Counted first, so that the rate of the time since the last touch sees it already.
    this.#state = this.#adjust({ ...this.#state, netSettledCash }, seconds, account, amount);
  }

  accrue(seconds: bigint): void {
    this.#state = this.#accrued(this.#state, seconds);
  }

  settleInterest(seconds: bigint, account: number): void {
    this.#state = this.#adjust(this.#state, seconds, account, 0n);
  }

  /** The fees as they stood go to the insurance fund; what the touch itself accrues stays. */
  claimSmFees(seconds: bigint): void {
    const { accruedSmFees } = this.#state;
    const taken = { ...this.#state, accruedSmFees: 0n };
    this.#state = this.#adjust(taken, seconds, this.#smAccount, accruedSmFees);
  }

  /** Mints a loss to an account. Fees that stood accrued are wiped up to it. */
  socializeLoss(seconds: bigint, account: number, amount: Fixed18): void {
    const { accruedSmFees } = this.#state;
    const wiped = { ...this.#state, accruedSmFees: max(0n, accruedSmFees - amount) };
    const minted = this.#adjust(wiped, seconds, account, amount);
    this.#state =
      minted.withdrawFeeEnabled || exchangeRate(minted) >= one
        ? minted
        : { ...minted, withdrawFeeEnabled: true, smFeeBefore: minted.smFeeFraction, smFeeFraction: one };
  }

  /** Takes effect when every unit of cash is backed again. Accrues nothing. */
  disableWithdrawFee(): void {
    const state = this.#state;
    if (!state.withdrawFeeEnabled || exchangeRate(state) < one) return;
    this.#state = { ...state, withdrawFeeEnabled: false, smFeeFraction: state.smFeeBefore };
  }

  /** Totals, indices and balances after the last step, `balancesWithInterest` as a touch at `seconds` would make them. */
  report(seconds: bigint): Readonly<Record<string, unknown>> {
    const state = this.#state;
    const touched = this.#accrued(state, seconds);
    return {
      totalSupply: state.totalSupply,
      totalBorrow: state.totalBorrow,
      netSettledCash: state.netSettledCash,
      accruedSmFees: state.accruedSmFees,
      borrowIndex: state.borrowIndex,
      supplyIndex: state.supplyIndex,
      smFeeFraction: state.smFeeFraction,
      withdrawFeeEnabled: state.withdrawFeeEnabled,
      exchangeRate: exchangeRate(state),
      storedBalances: state.holders.map(({ balance }) => balance),
      balancesWithInterest: touched.holders.map((holder) => withInterest(touched, holder)),
      stableHeld: state.stableHeld,
    };
  }

  #accrued(state: State, seconds: bigint): State {
    const elapsed = seconds - state.nowSeconds;
    if (elapsed === 0n) return state;
    const { totalSupply, totalBorrow, netSettledCash } = state;
    if (totalBorrow === 0n) return { ...state, nowSeconds: seconds };
    // Cash burned by settlement still lends.
    const lending = totalSupply + max(0n, -netSettledCash);
    const factor = interestFactor(borrowRate(this.#model, lending, totalBorrow), elapsed);
    if (factor < 0n) throw new StepReverted();
    const interest = mul(totalBorrow, factor);
    const fee = mul(interest, state.smFeeFraction);
    const borrow = totalBorrow + interest;
    const supply = totalSupply + interest - fee;
    return {
      ...state,
      nowSeconds: seconds,
      totalBorrow: borrow,
      totalSupply: supply,
      accruedSmFees: state.accruedSmFees + fee,
      borrowIndex: mul(div(borrow, totalBorrow), state.borrowIndex),
      supplyIndex: totalSupply === 0n ? state.supplyIndex : mul(div(supply, totalSupply), state.supplyIndex),
    };
  }

  #adjust(before: State, seconds: bigint, account: number, amount: Fixed18): State {
    const state = this.#accrued(before, seconds);
    const holder = state.holders[account] ?? nothing;
    const old = withInterest(state, holder);
    const balance = old + amount;
    const index = balance < 0n ? state.borrowIndex : balance > 0n ? state.supplyIndex : 0n;
    const totalSupply = state.totalSupply + max(0n, balance) - max(0n, old);
    const totalBorrow = state.totalBorrow + min(0n, old) - min(0n, balance);
    if (totalSupply < 0n || totalBorrow < 0n) throw new StepReverted();
    const holders = state.holders.with(account, { balance, index });
    return { ...state, totalSupply, totalBorrow, holders };
  }
}

/** Growth of the index, truncated, times the balance, truncated. */
function withInterest({ borrowIndex, supplyIndex }: State, { balance, index }: Holder): Fixed18 {
  if (index === 0n || balance === 0n) return balance;
  return mul(div(balance < 0n ? borrowIndex : supplyIndex, index), balance);
}

/** Stable coin behind a unit of cash, at most 1. */
function exchangeRate(state: State): Fixed18 {
  const { totalSupply, accruedSmFees, totalBorrow, netSettledCash } = state;
  const cash = totalSupply + accruedSmFees - totalBorrow - netSettledCash;
  const backing = state.stableHeld * stableScale;
  return backing >= cash ? one : div(backing, cash);
}
