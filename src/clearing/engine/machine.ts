import { Accounts } from "../accounts/index.ts";
import { OrderPool, TriggerBook } from "../book/index.ts";
import { Identity } from "../identity/index.ts";
import { Interest, Ledger } from "../ledger/index.ts";
import { MarginBook } from "../margin/index.ts";
import { createMarkets, type Markets, type MarketSink, maxUnderlyings } from "../markets/index.ts";
import { Positions } from "../positions/index.ts";
import { type ClearingEvent } from "../protocol/index.ts";
import { type StateSection } from "../state/index.ts";
import { Closings } from "./closings.ts";
import { type Auction, auctionTable } from "./default/auction-table.ts";
import { type FeeShare, feeShareTable } from "./default/fee-share.ts";
import { type GatedWithdrawal, gatedTable } from "./default/gate.ts";
import { type Liquidation, liquidationTable } from "./default/liquidation-table.ts";
import { type StepFlow, stepFlowTable } from "./default/step-flow.ts";
import { type Unstake, unstakeTable } from "./default/unstake-table.ts";
import { DepositReferences } from "./deposit-references.ts";
import { FillBooker } from "./fills.ts";
import { fundingDueFloor } from "./funding.ts";
import { type WorkLimits } from "./limits.ts";
import { MachineState } from "./machine-state.ts";
import { marketSink } from "./market-events.ts";
import { PoolStates } from "./pool-states.ts";
import { type RecordTable } from "./record-table.ts";
import { type QuoteRequest, quoteRequestTable, type Withdrawal, withdrawalTable } from "./records.ts";
import { Watch } from "../watch/index.ts";
import { type InstrumentTerms, instrumentTerms } from "./terms.ts";

/** Takes events as they happen, in order. */
export type Emit = (event: ClearingEvent) => void;

const ignore: Emit = () => {};

/** All stores of the state, wired to one another. Handlers act on it; it decides nothing itself. */
export class Machine {
  readonly work: WorkLimits;
  readonly state: MachineState = new MachineState(() => this.#flagBooks());
  readonly accounts: Accounts = new Accounts();
  readonly identity: Identity = new Identity();
  readonly interest: Interest = new Interest();
  readonly ledger: Ledger;
  readonly positions: Positions = new Positions(this.accounts);
  readonly markets: Markets = createMarkets();
  readonly booker: FillBooker = new FillBooker(this);
  readonly orders: OrderPool = new OrderPool(this.booker);
  readonly triggers: TriggerBook = new TriggerBook();
  readonly margin: MarginBook;
  /** Which accounts the sweep has to look at. Derived. */
  readonly watch: Watch;
  readonly pools: PoolStates = new PoolStates();
  readonly closings: Closings = new Closings();
  readonly deposits: DepositReferences = new DepositReferences();
  readonly withdrawals: RecordTable<Withdrawal> = withdrawalTable();
  readonly requests: RecordTable<QuoteRequest> = quoteRequestTable();
  readonly liquidations: RecordTable<Liquidation> = liquidationTable();
  readonly auctions: RecordTable<Auction> = auctionTable();
  readonly unstakes: RecordTable<Unstake> = unstakeTable();
  readonly gated: RecordTable<GatedWithdrawal> = gatedTable();
  readonly feeShares: RecordTable<FeeShare> = feeShareTable();
  readonly stepFlows: RecordTable<StepFlow> = stepFlowTable();
  readonly marketSink: MarketSink = marketSink(this);
  /** Where events of the command being applied go. */
  emit: Emit = ignore;
  /** By instrument: 1 if its book changed since the time last moved on. Derived from the state's list. */
  bookChanged: Uint8Array = new Uint8Array(64);
  readonly #terms: InstrumentTerms[] = [];
  /** By underlying: 1 fresh, 2 stale, 0 not asked yet, all of one time and version of the markets. */
  readonly #fresh: Uint8Array = new Uint8Array(maxUnderlyings);
  #freshMs = -1;
  #freshVersion = -1;

  constructor(work: WorkLimits) {
    this.work = work;
    this.ledger = new Ledger(this.accounts, this.interest, (account, asset, units) => {
      this.emit({ type: "interestPaid", account, asset, units });
    });
    this.margin = new MarginBook({
      accounts: this.accounts,
      ledger: this.ledger,
      positions: this.positions,
      markets: this.markets,
      orders: this.orders,
      fundingDueFloor: (_account, slot) => fundingDueFloor(this, slot),
    });
    const { accounts, ledger, interest, positions, markets, orders } = this;
    this.watch = new Watch({ accounts, ledger, interest, positions, markets, orders });
  }

  /** Terms of a listed instrument. */
  terms(instrument: number): InstrumentTerms {
    const known = this.#terms[instrument];
    if (known) return known;
    const made = instrumentTerms(this.markets, this.accounts, instrument);
    while (this.#terms.length < instrument) this.terms(this.#terms.length);
    this.#terms[instrument] = made;
    return made;
  }

  /** All that survives, in no order. */
  get sections(): readonly StateSection[] {
    return [
      this.state,
      this.accounts,
      ...this.identity.sections,
      this.interest,
      this.ledger,
      this.positions,
      ...this.markets.sections,
      this.orders,
      this.triggers,
      ...this.margin.sections,
      this.pools,
      this.closings,
      this.deposits,
      this.withdrawals,
      this.requests,
      this.liquidations,
      this.auctions,
      this.feeShares,
      this.gated,
      this.unstakes,
      this.stepFlows,
    ];
  }

  #flagBooks(): void {
    for (const instrument of this.state.changedBooks.splice(0)) this.noteBook(instrument);
  }

  /** Is an underlying's index to be believed now? Asked for every order, and the same until a price or the time changes. */
  hasFreshIndex(underlying: number): boolean {
    const { markets, state } = this;
    if (state.timeMs !== this.#freshMs || markets.version !== this.#freshVersion) {
      this.#freshMs = state.timeMs;
      this.#freshVersion = markets.version;
      this.#fresh.fill(0);
    }
    const known = this.#fresh[underlying]!;
    if (known !== 0) return known === 1;
    const isFresh = markets.indexConfidencePpm(underlying) > 0;
    this.#fresh[underlying] = isFresh ? 1 : 2;
    return isFresh;
  }

  /** Remembers that an instrument's book is not what its mark last saw. */
  noteBook(instrument: number): void {
    if (instrument >= this.bookChanged.length) {
      const larger = new Uint8Array(Math.max(instrument + 1, this.bookChanged.length * 2));
      larger.set(this.bookChanged);
      this.bookChanged = larger;
    }
    if (this.bookChanged[instrument] === 1) return;
    this.bookChanged[instrument] = 1;
    this.state.changedBooks.push(instrument);
  }
}
