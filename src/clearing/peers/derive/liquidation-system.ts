import {
  type DepegParams,
  standardMargin,
  type StandardMarketParams,
  type StandardOption,
  type StandardResult,
} from "../../../risk/venues/derive/standard.ts";
import { abs, type Fixed18, mul, one } from "../../../risk/venues/shared/fixed18.ts";
import { type KinkedRateModel } from "../../lending/rate-model.ts";
import { splitLoss } from "../../liquidation/bad-debt.ts";
import {
  deriveBufferMargin,
  deriveCanTerminate,
  type DeriveAuctionAccount,
  type DeriveAuctionParams,
  deriveDiscount,
  deriveInsolventPrice,
  deriveMaxProportion,
  deriveSolventPrice,
  deriveStartFee,
} from "./auction.ts";
import { DeriveCashLedger } from "./cash-ledger.ts";
import { HeldAssets } from "./held-assets.ts";
import { DerivePerpetual } from "./perpetual.ts";
import { StepReverted } from "./reverted.ts";

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

export interface DeriveSystemTerms {
  readonly auction: DeriveAuctionParams;
  readonly mtmCutoff: Fixed18;
  readonly market: StandardMarketParams;
  readonly depeg: DepegParams;
  readonly interest: KinkedRateModel;
  readonly smFeeFraction: Fixed18;
  /** The account that may be liquidated, the one that pays for it, and the others. */
  readonly victim: string;
  readonly securityModule: string;
  readonly accounts: readonly string[];
  readonly options: readonly DeriveOption[];
}

interface Auction {
  readonly ongoing: boolean;
  readonly insolvent: boolean;
  readonly cachedMM: Fixed18;
  readonly reservedCash: Fixed18;
  readonly startSeconds: bigint | null;
}

/** Margins of the victim: net, equity less requirement. */
interface Margins {
  readonly initialMargin: Fixed18;
  readonly maintenanceMargin: Fixed18;
  readonly markToMarket: Fixed18;
  readonly bufferMargin: Fixed18;
}

const noAuction: Auction = {
  ongoing: false,
  insolvent: false,
  cachedMM: 0n,
  reservedCash: 0n,
  startSeconds: null,
};

const noFunding = {
  staticInterestRatePerHour: 0n,
  maxAbsRatePerHour: 0n,
  convergencePeriodHours: 8n * one,
};

/** What a bid bought, and what was paid for it. */
export interface DeriveBid {
  readonly finalFraction: Fixed18;
  readonly cashFromBidder: Fixed18;
  readonly cashToBidder: Fixed18;
}

/**
 * Derive's accounts under standard margin with their lending ledger, perpetual, options, Dutch auction and insurance fund ("security module"),
 * step by step: the emulations of this folder, put together. A step that reverts leaves its system half-done: it is run on a
 * {@link DeriveSystem.copy}.
 */
export class DeriveSystem {
  readonly #terms: DeriveSystemTerms;
  readonly #cash: DeriveCashLedger;
  readonly #perp: DerivePerpetual;
  readonly #held: HeldAssets;
  /** Units of the underlying and of each option, by asset and account. */
  readonly #units: Map<string, Fixed18>;
  readonly #now: bigint;
  readonly #market: DeriveMarket;
  #auction: Auction = noAuction;
  #totalInsolventMM = 0n;

  /** An empty system at a second, which may lie before 0, or one in the state of another. */
  constructor(terms: DeriveSystemTerms, seconds: bigint, market: DeriveMarket, from?: DeriveSystem) {
    this.#terms = terms;
    this.#market = market;
    this.#now = seconds;
    if (from) {
      this.#cash = from.#cash.copy();
      this.#perp = from.#perp.copy();
      this.#held = from.#held.copy();
      this.#units = new Map(from.#units);
      this.#auction = from.#auction;
      this.#totalInsolventMM = from.#totalInsolventMM;
      return;
    }
    const { accounts, securityModule, interest, smFeeFraction } = terms;
    this.#cash = new DeriveCashLedger(
      interest,
      accounts.length,
      accounts.indexOf(securityModule),
      smFeeFraction,
    );
    this.#perp = new DerivePerpetual(noFunding, accounts.length, 0n, market.perp);
    this.#held = new HeldAssets();
    this.#units = new Map();
  }

  /** The same system at a later second, with the prices in force then, to be changed on its own. */
  copy(seconds: bigint, market: DeriveMarket): DeriveSystem {
    return new DeriveSystem(this.#terms, seconds, market, this);
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

  /** Moves an amount of either sign of an asset: `cash`, `base`, `perp`, or `option:` and its place in the terms. */
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

  /** An account's cash as last touched. */
  cashOf(account: string): Fixed18 {
    return this.#balance(account, "cash");
  }

  accrue(): void {
    this.#cash.accrue(this.#now);
  }

  /** The second, and what is lent and what is owed as last touched. */
  lending(): { readonly seconds: bigint; readonly totalSupply: Fixed18; readonly totalBorrow: Fixed18 } {
    return { seconds: this.#now, ...this.#cash.totals() };
  }

  /** @returns the fee to the fund when a solvent auction started. */
  startAuction(): Fixed18 | undefined {
    this.#settle();
    const { maintenanceMargin, bufferMargin, markToMarket } = this.#margins();
    if (maintenanceMargin >= 0n) throw new StepReverted("DA_AccountIsAboveMaintenanceMargin");
    if (this.#auction.ongoing) throw new StepReverted("DA_AuctionAlreadyStarted");
    if (markToMarket <= 0n) {
      this.#startInsolvent(maintenanceMargin);
      return undefined;
    }
    const { auction, victim, securityModule, mtmCutoff } = this.#terms;
    const account = { maintenanceMargin, markToMarket, reservedCash: 0n, mtmCutoff };
    const fee = deriveStartFee(auction, bufferMargin, account) ?? 0n;
    if (fee > 0n) this.transfer(victim, securityModule, "cash", fee);
    this.#auction = { ...noAuction, ongoing: true, startSeconds: this.#now };
    return fee;
  }

  convertToInsolventAuction(): void {
    const { maintenanceMargin, markToMarket } = this.#margins();
    const { ongoing, insolvent } = this.#auction;
    if (insolvent) throw new StepReverted("DA_AuctionAlreadyInInsolvencyMode");
    if (!ongoing) throw new StepReverted("DA_AuctionNotStarted");
    if (this.#solventPrice(maintenanceMargin, markToMarket) > 0n) {
      throw new StepReverted("DA_OngoingSolventAuction");
    }
    if (maintenanceMargin >= 0n) throw new StepReverted("DA_AccountIsAboveMaintenanceMargin");
    this.#startInsolvent(maintenanceMargin);
  }

  terminateAuction(): void {
    if (!this.#canTerminate(this.#margins())) throw new StepReverted("DA_AuctionCannotTerminate");
    this.#terminate();
  }

  /** A bid for a fraction, above 0 and at most 1, of what the victim has now. */
  bid(bidder: string, fraction: Fixed18): DeriveBid {
    if (fraction <= 0n || fraction > one) throw new StepReverted("DA_InvalidPercentage");
    this.#settle();
    const margins = this.#margins();
    if (this.#canTerminate(margins)) throw new StepReverted("DA_AuctionShouldBeTerminated");
    return this.#auction.insolvent
      ? this.#bidOnInsolvent(bidder, fraction, margins)
      : this.#bidOnSolvent(bidder, fraction, margins);
  }

  report(): Readonly<Record<string, unknown>> {
    const { accounts, victim, securityModule } = this.#terms;
    const cash = this.#cash.report(this.#now);
    const { ongoing } = this.#auction;
    const smCash = this.#cash.balance(this.#index(securityModule));
    const margins = this.#margins();
    return {
      balances: Object.fromEntries(accounts.map((account) => [account, this.#balances(account)])),
      cashIndexes: Object.fromEntries(accounts.map((account, i) => [account, this.#cash.cashIndex(i)])),
      victim: {
        ...margins,
        unsettledPerpCash: this.#perp.unsettledCash(this.#index(victim), this.#market.perp),
      },
      auction: { ...this.#auction, bidPrice: ongoing ? this.#bidPrice(margins) : null },
      totalInsolventMM: this.#totalInsolventMM,
      withdrawBlocked: this.#totalInsolventMM > 0n && this.#totalInsolventMM > smCash,
      cash,
    };
  }

  #bidOnSolvent(bidder: string, fraction: Fixed18, margins: Margins): DeriveBid {
    const { maintenanceMargin, markToMarket, bufferMargin } = margins;
    const { reservedCash } = this.#auction;
    const price = this.#solventPrice(maintenanceMargin, markToMarket);
    if (price <= 0n) throw new StepReverted("DA_SolventAuctionEnded");
    const discount = deriveDiscount(this.#terms.auction, this.#elapsed());
    const most = deriveMaxProportion(bufferMargin, this.#account(maintenanceMargin, markToMarket), discount);
    if (most === undefined) throw new StepReverted();
    const finalFraction = fraction < most ? fraction : most;
    const cashFromBidder = mul(price, finalFraction);
    this.#requireCash(bidder, cashFromBidder + mul(abs(bufferMargin - reservedCash), finalFraction));
    this.#execute(bidder, finalFraction, cashFromBidder);
    this.#auction = { ...this.#auction, reservedCash: reservedCash + cashFromBidder };
    if (fraction >= most) this.#terminate();
    return { finalFraction, cashFromBidder, cashToBidder: 0n };
  }

  #bidOnInsolvent(bidder: string, fraction: Fixed18, margins: Margins): DeriveBid {
    const { maintenanceMargin } = margins;
    const cashToBidder = mul(-this.#bidPriceInsolvent(margins), fraction);
    this.#requireCash(bidder, mul(abs(maintenanceMargin), fraction) - cashToBidder);
    const { securityModule } = this.#terms;
    const fund = this.#cash.balance(this.#index(securityModule));
    const { paid, unpaid } = splitLoss(cashToBidder, [fund]);
    const fromFund = paid[0] ?? 0n;
    if (fromFund > 0n) this.transfer(securityModule, bidder, "cash", fromFund);
    if (unpaid > 0n) {
      this.#cash.socializeLoss(this.#now, this.#index(bidder), unpaid);
      this.#note(bidder, "cash");
    }
    this.#execute(bidder, fraction, 0n);
    if (fraction === one) this.#terminate();
    return { finalFraction: fraction, cashFromBidder: 0n, cashToBidder };
  }

  /** Moves a fraction of every asset, of cash only of what is not reserved, and the bidder's payment. */
  #execute(bidder: string, fraction: Fixed18, payment: Fixed18): void {
    const { victim } = this.#terms;
    const { reservedCash } = this.#auction;
    const sold = this.#held.of(victim).map((asset) => ({
      asset,
      units: this.#balance(victim, asset) - (asset === "cash" ? reservedCash : 0n),
    }));
    for (const { asset, units } of sold) this.transfer(victim, bidder, asset, mul(units, fraction));
    if (payment > 0n) this.transfer(bidder, victim, "cash", payment);
  }

  #requireCash(bidder: string, amount: Fixed18): void {
    const held = this.#held.of(bidder);
    if (held.length !== 1 || held[0] !== "cash") throw new StepReverted("DA_InvalidBidderPortfolio");
    if (this.#balance(bidder, "cash") < amount) throw new StepReverted("DA_InsufficientCash");
  }

  #startInsolvent(maintenanceMargin: Fixed18): void {
    this.#totalInsolventMM -= maintenanceMargin;
    this.#auction = {
      ...noAuction,
      ongoing: true,
      insolvent: true,
      cachedMM: -maintenanceMargin,
      startSeconds: this.#now,
    };
  }

  #terminate(): void {
    this.#totalInsolventMM -= this.#auction.cachedMM;
    this.#auction = { ...this.#auction, ongoing: false };
  }

  /** Interest, and the perpetual's profit at the mark, into the victim's cash. */
  #settle(): void {
    const { victim } = this.#terms;
    const account = this.#index(victim);
    this.#cash.settleInterest(this.#now, account);
    if (this.#perp.size(account) !== 0n) {
      this.#perp.realise(this.#now, this.#feeds(), account);
      const { paidPnl, paidFunding } = this.#perp.settle(this.#now, this.#feeds(), account);
      if (paidPnl + paidFunding !== 0n) this.#cash.settle(this.#now, account, paidPnl + paidFunding);
    }
    this.#note(victim, "cash");
  }

  #canTerminate({ maintenanceMargin, bufferMargin, markToMarket }: Margins): boolean {
    const { ongoing, insolvent } = this.#auction;
    if (!ongoing) throw new StepReverted("DA_NotOngoingAuction");
    const account = this.#account(maintenanceMargin, markToMarket);
    return deriveCanTerminate(this.#terms.auction, bufferMargin, account, insolvent, this.#elapsed());
  }

  /** `null` where asking for it reverts. */
  #bidPrice(margins: Margins): Fixed18 | null {
    if (this.#auction.insolvent) return this.#bidPriceInsolvent(margins);
    const account = this.#account(margins.maintenanceMargin, margins.markToMarket);
    return deriveSolventPrice(this.#terms.auction, account, this.#elapsed()) ?? null;
  }

  #bidPriceInsolvent({ maintenanceMargin, markToMarket }: Margins): Fixed18 {
    const account = this.#account(maintenanceMargin, markToMarket);
    return deriveInsolventPrice(this.#terms.auction, account, this.#elapsed());
  }

  #solventPrice(maintenanceMargin: Fixed18, markToMarket: Fixed18): Fixed18 {
    const account = this.#account(maintenanceMargin, markToMarket);
    const price = deriveSolventPrice(this.#terms.auction, account, this.#elapsed());
    if (price === undefined) throw new StepReverted("DA_ReservedCashGreaterThanMtM");
    return price;
  }

  #account(maintenanceMargin: Fixed18, markToMarket: Fixed18): DeriveAuctionAccount {
    const { reservedCash } = this.#auction;
    return { maintenanceMargin, markToMarket, reservedCash, mtmCutoff: this.#terms.mtmCutoff };
  }

  #elapsed(): bigint {
    return this.#now - (this.#auction.startSeconds ?? this.#now);
  }

  #margins(): Margins {
    const { initialMargin, maintenanceMargin, markToMarket } = this.#standardMargin();
    const bufferMargin = deriveBufferMargin(this.#terms.auction, maintenanceMargin, markToMarket);
    return { initialMargin, maintenanceMargin, markToMarket, bufferMargin };
  }

  #standardMargin(): StandardResult {
    const { victim, options, market: params, depeg } = this.#terms;
    const { spot, perp: price } = this.#market;
    const left = ({ expirySeconds }: DeriveOption): number => Math.max(0, expirySeconds - Number(this.#now));
    const held: StandardOption[] = [];
    for (const asset of this.#held.of(victim)) {
      const option = asset.startsWith("option:") ? options[Number(asset.slice("option:".length))] : undefined;
      if (!option) continue;
      const amount = this.#balance(victim, asset);
      held.push({ ...option, secToExpiry: left(option), amount, vol: this.#market.vol(option) });
    }
    const expiries = new Map(
      options.map((option) => [left(option), this.#market.forward(option.expirySeconds)] as const),
    );
    const account = this.#index(victim);
    const position = this.#perp.size(account);
    return standardMargin({
      stablePrice: one,
      cash: this.#balance(victim, "cash"),
      depeg,
      markets: [
        {
          params,
          spotPrice: spot,
          spotConfidence: one,
          perp: { position, price, confidence: one, unsettledCash: this.#perp.unsettledCash(account, price) },
          base: this.#balance(victim, "base"),
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

  #balances(account: string): readonly Readonly<Record<string, unknown>>[] {
    return this.#held.of(account).map((asset) => {
      const balance = this.#balance(account, asset);
      const [kind, place] = asset.split(":");
      const option = place === undefined ? undefined : this.#terms.options[Number(place)];
      if (!option) return { asset, balance };
      const { expirySeconds: expirySecondsFromStart, strike, type } = option;
      return { asset: kind, expirySecondsFromStart, strike, type, balance };
    });
  }

  #balance(account: string, asset: string): Fixed18 {
    if (asset === "cash") return this.#cash.balance(this.#index(account));
    if (asset === "perp") return this.#perp.size(this.#index(account));
    return this.#units.get(`${asset} ${account}`) ?? 0n;
  }

  #add(account: string, asset: string, amount: Fixed18): void {
    this.#units.set(`${asset} ${account}`, this.#balance(account, asset) + amount);
    this.#note(account, asset);
  }

  #note(account: string, asset: string): void {
    this.#held.note(account, asset, this.#balance(account, asset));
  }

  #index(account: string): number {
    return this.#terms.accounts.indexOf(account);
  }

  /** Impact prices at the index: no funding. */
  #feeds(): { index: Fixed18; perp: Fixed18; impactBid: Fixed18; impactAsk: Fixed18 } {
    const { spot, perp } = this.#market;
    return { index: spot, perp, impactBid: spot, impactAsk: spot };
  }
}
