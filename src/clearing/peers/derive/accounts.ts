import {
  type DepegParams,
  standardMargin,
  type StandardMarketParams,
  type StandardOption,
  type StandardResult,
} from "../../../risk/venues/derive/standard.ts";
import { type Fixed18, one } from "../../../risk/venues/shared/fixed18.ts";
import { type KinkedRateModel } from "../../lending/rate-model.ts";
import { DeriveCashLedger } from "./cash-ledger.ts";
import { HeldAssets } from "./held-assets.ts";
import { DerivePerpetual, type PerpetualFeeds } from "./perpetual.ts";

export interface DeriveOption {
  readonly expirySeconds: number;
  readonly strike: Fixed18;
  readonly type: "call" | "put";
}

/** Prices in force, 18 decimals. Confidences and the stable coin's price are 1. */
export interface DeriveMarket {
  readonly spot: Fixed18;
  readonly perp: Fixed18;
  forward(expirySeconds: number): Fixed18;
  vol(option: DeriveOption): Fixed18;
}

export interface DeriveAccountsTerms {
  readonly market: StandardMarketParams;
  readonly depeg: DepegParams;
  readonly interest: KinkedRateModel;
  readonly smFeeFraction: Fixed18;
  /** The account of the insurance fund. */
  readonly securityModule: string;
  readonly accounts: readonly string[];
  readonly options: readonly DeriveOption[];
}

const noFunding = {
  staticInterestRatePerHour: 0n,
  maxAbsRatePerHour: 0n,
  convergencePeriodHours: 8n * one,
};

/**
 * Derive's accounts under standard margin at one moment: lending ledger, perpetual, options and collateral together. Assets are `cash`, `base`,
 * `perp`, and `option:` with the option's place in the terms.
 */
export class DeriveAccounts {
  readonly #terms: DeriveAccountsTerms;
  readonly #now: bigint;
  readonly #market: DeriveMarket;
  readonly #cash: DeriveCashLedger;
  readonly #perp: DerivePerpetual;
  readonly #held: HeldAssets;
  /** Units of the underlying and of each option, by asset and account. */
  readonly #units: Map<string, Fixed18>;

  /** No accounts' holdings yet, or those of another moment. A second may lie before 0. */
  constructor(terms: DeriveAccountsTerms, seconds: bigint, market: DeriveMarket, from?: DeriveAccounts) {
    const { accounts, securityModule, interest, smFeeFraction } = terms;
    const fund = accounts.indexOf(securityModule);
    this.#terms = terms;
    this.#now = seconds;
    this.#market = market;
    this.#cash = from
      ? from.#cash.copy()
      : new DeriveCashLedger(interest, accounts.length, fund, smFeeFraction);
    this.#perp = from ? from.#perp.copy() : new DerivePerpetual(noFunding, accounts.length, 0n, market.perp);
    this.#held = from ? from.#held.copy() : new HeldAssets();
    this.#units = new Map(from ? from.#units : []);
  }

  /** The same accounts at a later second, with the prices in force then, to be changed on their own. */
  copy(seconds: bigint, market: DeriveMarket): DeriveAccounts {
    return new DeriveAccounts(this.#terms, seconds, market, this);
  }

  deposit(account: string, stableAmount: bigint): void {
    this.#cash.deposit(this.#now, this.#index(account), stableAmount);
    this.#note(account, "cash");
  }

  withdraw(account: string, stableAmount: bigint): void {
    this.#cash.withdraw(this.#now, this.#index(account), stableAmount);
    this.#note(account, "cash");
  }

  depositBase(account: string, amount: Fixed18): void {
    this.#add(account, "base", amount);
  }

  /** Moves an amount of either sign of an asset. */
  transfer(from: string, to: string, asset: string, amount: Fixed18): void {
    if (asset === "cash") {
      this.#cash.transfer(this.#now, this.#index(from), this.#index(to), amount);
    } else if (asset === "perp") {
      this.#perp.transfer(this.#now, this.#feeds(), this.#index(from), this.#index(to), amount);
    } else {
      this.#add(from, asset, -amount);
      this.#add(to, asset, amount);
      return;
    }
    this.#note(from, asset);
    this.#note(to, asset);
  }

  /** Mints a loss to an account. */
  socializeLoss(account: string, amount: Fixed18): void {
    this.#cash.socializeLoss(this.#now, this.#index(account), amount);
    this.#note(account, "cash");
  }

  accrue(): void {
    this.#cash.accrue(this.#now);
  }

  /** The second, and what is lent and what is owed as last touched. */
  lending(): { readonly seconds: bigint; readonly totalSupply: Fixed18; readonly totalBorrow: Fixed18 } {
    return { seconds: this.#now, ...this.#cash.totals() };
  }

  /** Interest, and the perpetual's profit at the mark, into an account's cash. */
  settle(name: string): void {
    const account = this.#index(name);
    this.#cash.settleInterest(this.#now, account);
    if (this.#perp.size(account) !== 0n) {
      this.#perp.realise(this.#now, this.#feeds(), account);
      const { paidPnl, paidFunding } = this.#perp.settle(this.#now, this.#feeds(), account);
      if (paidPnl + paidFunding !== 0n) this.#cash.settle(this.#now, account, paidPnl + paidFunding);
    }
    this.#note(name, "cash");
  }

  /** Assets of an account, in its order. */
  held(account: string): readonly string[] {
    return this.#held.of(account);
  }

  /** Of cash as last touched. */
  balance(account: string, asset: string): Fixed18 {
    if (asset === "cash") return this.#cash.balance(this.#index(account));
    if (asset === "perp") return this.#perp.size(this.#index(account));
    return this.#units.get(`${asset} ${account}`) ?? 0n;
  }

  unsettledPerpCash(account: string): Fixed18 {
    return this.#perp.unsettledCash(this.#index(account), this.#market.perp);
  }

  margin(name: string): StandardResult {
    const { options, market: params, depeg } = this.#terms;
    const { spot, perp: price } = this.#market;
    const left = ({ expirySeconds }: DeriveOption): number => Math.max(0, expirySeconds - Number(this.#now));
    const held: StandardOption[] = [];
    for (const asset of this.#held.of(name)) {
      const option = asset.startsWith("option:") ? options[Number(asset.slice("option:".length))] : undefined;
      if (!option) continue;
      const amount = this.balance(name, asset);
      held.push({ ...option, secToExpiry: left(option), amount, vol: this.#market.vol(option) });
    }
    const expiries = new Map(
      options.map((option) => [left(option), this.#market.forward(option.expirySeconds)] as const),
    );
    const account = this.#index(name);
    const position = this.#perp.size(account);
    return standardMargin({
      stablePrice: one,
      cash: this.balance(name, "cash"),
      depeg,
      markets: [
        {
          params,
          spotPrice: spot,
          spotConfidence: one,
          perp: { position, price, confidence: one, unsettledCash: this.#perp.unsettledCash(account, price) },
          base: this.balance(name, "base"),
          expiries: [...expiries].map(([secToExpiry, forward]) => ({
            secToExpiry,
            forward,
            forwardConfidence: one,
            volMinConfidence: one,
          })),
          options: held,
        },
      ],
    });
  }

  /** Balances, the interest indexes at which cash was last touched, and the ledger's totals. */
  report(): Readonly<Record<"balances" | "cashIndexes" | "cash", unknown>> {
    const { accounts } = this.#terms;
    return {
      balances: Object.fromEntries(accounts.map((account) => [account, this.#balances(account)])),
      cashIndexes: Object.fromEntries(accounts.map((account, i) => [account, this.#cash.cashIndex(i)])),
      cash: this.#cash.report(this.#now),
    };
  }

  #balances(account: string): readonly Readonly<Record<string, unknown>>[] {
    return this.#held.of(account).map((asset) => {
      const balance = this.balance(account, asset);
      const [kind, place] = asset.split(":");
      const option = place === undefined ? undefined : this.#terms.options[Number(place)];
      if (!option) return { asset, balance };
      const { expirySeconds: expirySecondsFromStart, strike, type } = option;
      return { asset: kind, expirySecondsFromStart, strike, type, balance };
    });
  }

  #add(account: string, asset: string, amount: Fixed18): void {
    this.#units.set(`${asset} ${account}`, this.balance(account, asset) + amount);
    this.#note(account, asset);
  }

  #note(account: string, asset: string): void {
    this.#held.note(account, asset, this.balance(account, asset));
  }

  #index(account: string): number {
    return this.#terms.accounts.indexOf(account);
  }

  /** Impact prices at the index: no funding. */
  #feeds(): PerpetualFeeds {
    const { spot, perp } = this.#market;
    return { index: spot, perp, impactBid: spot, impactAsk: spot };
  }
}
