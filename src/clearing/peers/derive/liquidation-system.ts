import { abs, type Fixed18, mul, one } from "../../../risk/venues/shared/fixed18.ts";
import { splitLoss } from "../../liquidation/bad-debt.ts";
import { DeriveAccounts, type DeriveAccountsTerms, type DeriveMarket } from "./accounts.ts";
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
import { StepReverted } from "./reverted.ts";

export interface DeriveSystemTerms extends DeriveAccountsTerms {
  readonly auction: DeriveAuctionParams;
  readonly mtmCutoff: Fixed18;
  /** The account that may be liquidated. */
  readonly victim: string;
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

/** What a bid bought, and what was paid for it. */
export interface DeriveBid {
  readonly finalFraction: Fixed18;
  readonly cashFromBidder: Fixed18;
  readonly cashToBidder: Fixed18;
}

/**
 * Derive's Dutch auction over its accounts and insurance fund ("security module"), step by step: the emulations of this folder, put together.
 * A step that reverts leaves its system half-done: it is run on a {@link DeriveSystem.copy}.
 */
export class DeriveSystem {
  readonly accounts: DeriveAccounts;
  readonly #terms: DeriveSystemTerms;
  readonly #now: bigint;
  #auction: Auction;
  #totalInsolventMM: Fixed18;

  /** An empty system at a second, which may lie before 0, or one in the state of another. */
  constructor(terms: DeriveSystemTerms, seconds: bigint, market: DeriveMarket, from?: DeriveSystem) {
    this.#terms = terms;
    this.#now = seconds;
    this.accounts = from?.accounts.copy(seconds, market) ?? new DeriveAccounts(terms, seconds, market);
    this.#auction = from ? from.#auction : noAuction;
    this.#totalInsolventMM = from ? from.#totalInsolventMM : 0n;
  }

  /** The same system at a later second, with the prices in force then, to be changed on its own. */
  copy(seconds: bigint, market: DeriveMarket): DeriveSystem {
    return new DeriveSystem(this.#terms, seconds, market, this);
  }

  /** @returns the fee to the fund when a solvent auction started. */
  startAuction(): Fixed18 | undefined {
    this.accounts.settle(this.#terms.victim);
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
    if (fee > 0n) this.accounts.transfer(victim, securityModule, "cash", fee);
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
    this.accounts.settle(this.#terms.victim);
    const margins = this.#margins();
    if (this.#canTerminate(margins)) throw new StepReverted("DA_AuctionShouldBeTerminated");
    return this.#auction.insolvent
      ? this.#bidOnInsolvent(bidder, fraction, margins)
      : this.#bidOnSolvent(bidder, fraction, margins);
  }

  report(): Readonly<Record<string, unknown>> {
    const { victim, securityModule } = this.#terms;
    const { ongoing } = this.#auction;
    const margins = this.#margins();
    const fund = this.accounts.balance(securityModule, "cash");
    return {
      ...this.accounts.report(),
      victim: { ...margins, unsettledPerpCash: this.accounts.unsettledPerpCash(victim) },
      auction: { ...this.#auction, bidPrice: ongoing ? this.#bidPrice(margins) : null },
      totalInsolventMM: this.#totalInsolventMM,
      withdrawBlocked: this.#totalInsolventMM > 0n && this.#totalInsolventMM > fund,
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
    const fund = this.accounts.balance(securityModule, "cash");
    const { paid, unpaid } = splitLoss(cashToBidder, [fund]);
    const fromFund = paid[0] ?? 0n;
    if (fromFund > 0n) this.accounts.transfer(securityModule, bidder, "cash", fromFund);
    if (unpaid > 0n) this.accounts.socializeLoss(bidder, unpaid);
    this.#execute(bidder, fraction, 0n);
    if (fraction === one) this.#terminate();
    return { finalFraction: fraction, cashFromBidder: 0n, cashToBidder };
  }

  /** Moves a fraction of every asset, of cash only of what is not reserved, and the bidder's payment. */
  #execute(bidder: string, fraction: Fixed18, payment: Fixed18): void {
    const { victim } = this.#terms;
    const { reservedCash } = this.#auction;
    const sold = this.accounts.held(victim).map((asset) => ({
      asset,
      units: this.accounts.balance(victim, asset) - (asset === "cash" ? reservedCash : 0n),
    }));
    for (const { asset, units } of sold) this.accounts.transfer(victim, bidder, asset, mul(units, fraction));
    if (payment > 0n) this.accounts.transfer(bidder, victim, "cash", payment);
  }

  #requireCash(bidder: string, amount: Fixed18): void {
    const held = this.accounts.held(bidder);
    if (held.length !== 1 || held[0] !== "cash") throw new StepReverted("DA_InvalidBidderPortfolio");
    if (this.accounts.balance(bidder, "cash") < amount) throw new StepReverted("DA_InsufficientCash");
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
    const { initialMargin, maintenanceMargin, markToMarket } = this.accounts.margin(this.#terms.victim);
    const bufferMargin = deriveBufferMargin(this.#terms.auction, maintenanceMargin, markToMarket);
    return { initialMargin, maintenanceMargin, markToMarket, bufferMargin };
  }
}
