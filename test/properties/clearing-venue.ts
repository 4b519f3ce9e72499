import {
  type AssetSpec,
  type ClearingEvent,
  type Command,
  createEngine,
  type Engine,
  type Envelope,
  type InstrumentSpec,
  type PlaceOrder,
  type UnderlyingSpec,
} from "../../src/clearing/index.ts";

/** Owners and officers of the venues that tests run. */
export const addressOf = (n: number): string => `0x${n.toString(16).padStart(40, "0")}`;
export const officer: string = addressOf(0xadd);

export const startMs = 1_790_000_000_000;

export const usdc: AssetSpec = {
  name: "USDC",
  kind: "stablecoin",
  decimals: 6,
  underlying: "",
  feed: "",
  depositCapUnits: 1_000_000_000_000_000,
  haircutPpm: 0,
  borrowable: true,
  borrowCapUnits: 50_000_000_000,
  rateAtZeroPpm: 0,
  rateAtOptimumPpm: 50_000,
  rateAtFullPpm: 500_000,
  optimalUsePpm: 800_000,
  reserveSharePpm: 100_000,
};

export const coin = (name: string, change: Partial<AssetSpec> = {}): AssetSpec => ({
  ...usdc,
  name,
  kind: "major",
  decimals: 8,
  underlying: name,
  feed: name,
  depositCapUnits: 100_000_000_000_000,
  haircutPpm: 100_000,
  borrowable: false,
  borrowCapUnits: 0,
  ...change,
});

export const underlying = (name: string, change: Partial<UnderlyingSpec> = {}): UnderlyingSpec => ({
  name,
  minimumPublishers: 1,
  maxPriceAgeMs: 3_600_000,
  maxMovePerSecondPpm: 1_000_000,
  ...change,
});

export const perpetual = (change: Partial<InstrumentSpec> = {}): InstrumentSpec => ({
  name: "BTC-PERP",
  kind: "perpetual",
  underlying: "BTC",
  settlementAsset: "USDC",
  baseAsset: "",
  settlement: "linear",
  tickMicros: 1_000_000,
  lotNanos: 1_000_000,
  lotUsdMicros: 0,
  expiryMs: 0,
  settlementWindowMs: 0,
  strikeMicros: 0,
  optionType: "none",
  fundingIntervalMs: 3_600_000,
  fundingInterestPpm: 0,
  fundingCapPpm: 10_000,
  priceBandPpm: 100_000,
  maxOrderLots: 1_000_000,
  positionLimitLots: 10_000_000,
  openInterestCapLots: 0,
  openInterestLowerLots: 0,
  openInterestUpperLots: 0,
  makerFeePpm: -50,
  takerFeePpm: 450,
  optionFeeCapPpm: 0,
  initialMarginPpm: 50_000,
  maintenanceMarginPpm: 25_000,
  ...change,
});

export const inversePerpetual = (change: Partial<InstrumentSpec> = {}): InstrumentSpec =>
  perpetual({
    name: "BTC-USD-PERP",
    settlement: "inverse",
    settlementAsset: "BTC",
    lotNanos: 0,
    lotUsdMicros: 10_000_000,
    ...change,
  });

export const future = (expiryMs: number, change: Partial<InstrumentSpec> = {}): InstrumentSpec =>
  perpetual({
    name: "BTC-FUT",
    kind: "future",
    expiryMs,
    settlementWindowMs: 600_000,
    fundingIntervalMs: 0,
    fundingCapPpm: 0,
    ...change,
  });

export const option = (expiryMs: number, change: Partial<InstrumentSpec> = {}): InstrumentSpec =>
  future(expiryMs, {
    name: "BTC-100000-C",
    kind: "option",
    strikeMicros: 100_000_000_000,
    optionType: "call",
    optionFeeCapPpm: 125_000,
    makerFeePpm: 300,
    takerFeePpm: 300,
    initialMarginPpm: 150_000,
    maintenanceMarginPpm: 75_000,
    ...change,
  });

export const spot = (change: Partial<InstrumentSpec> = {}): InstrumentSpec =>
  perpetual({
    name: "BTC-USDC",
    kind: "spot",
    baseAsset: "BTC",
    fundingIntervalMs: 0,
    fundingCapPpm: 0,
    initialMarginPpm: 0,
    maintenanceMarginPpm: 0,
    ...change,
  });

export const order = (change: Partial<PlaceOrder> & Pick<PlaceOrder, "account">): PlaceOrder => ({
  type: "placeOrder",
  instrument: 0,
  side: "buy",
  priceTicks: 0,
  lots: 1,
  timeInForce: "gtc",
  postOnly: false,
  reduceOnly: false,
  clientOrderId: 0,
  expiryMs: 0,
  selfTradePrevention: "cancelResting",
  trigger: "none",
  triggerTicks: 0,
  route: "book",
  ...change,
});

/** A venue under test: sends commands, keeps the events. */
export class TestVenue {
  readonly engine: Engine;
  timeMs: number = startMs;
  events: ClearingEvent[] = [];

  constructor(engine: Engine = createEngine()) {
    this.engine = engine;
    this.timeMs = Math.max(startMs, engine.timeMs);
  }

  /** Applies a command; its events. */
  send(signer: string, command: Command, change: Partial<Envelope> = {}): ClearingEvent[] {
    const events: ClearingEvent[] = [];
    const sequence = this.engine.sequence + 1;
    this.engine.apply(
      {
        sequence,
        timeMs: this.timeMs,
        signer,
        // Rises over all signers, so that a restored venue goes on with it.
        nonce: sequence,
        deadlineMs: 0,
        signature: new Uint8Array(0),
        command,
        ...change,
      },
      (event) => events.push(event),
    );
    this.events = events;
    return events;
  }

  /** Applies a command that must not be refused. */
  must(signer: string, command: Command): ClearingEvent[] {
    const events = this.send(signer, command);
    const refused = events.find(({ type }) => type === "rejected");
    if (refused) throw new Error(`${command.type} refused: ${JSON.stringify(refused)}`);
    return events;
  }

  tick(afterMs: number): ClearingEvent[] {
    this.timeMs += afterMs;
    return this.must("", { type: "tick" });
  }

  /** Opens the venue with all officers' roles in one hand. */
  open(): void {
    this.must("", { type: "genesis", venue: "test", chainId: 1, admins: [officer] });
    for (const role of ["operator", "risk", "publisher", "treasurer", "guardian"] as const) {
      this.must(officer, { type: "grantRole", role, key: officer, granted: true });
    }
  }

  /** Publishes a price in whole quote currency for a feed. */
  price(feed: number, quote: number): ClearingEvent[] {
    return this.must(officer, {
      type: "publishPrices",
      prices: [{ feed, priceMicros: Math.round(quote * 1e6), confidencePpm: 1_000_000, timeMs: this.timeMs }],
    });
  }

  /** Opens an account with a deposit of asset 0. */
  account(owner: string, units: number, marginMode: "isolated" | "cross" | "portfolio" = "cross"): number {
    const opened = this.must(owner, { type: "openAccount", marginMode }).find(
      ({ type }) => type === "accountOpened",
    );
    const account = opened && "account" in opened ? opened.account : -1;
    if (units > 0) this.deposit(account, 0, units);
    return account;
  }

  deposit(account: number, asset: number, units: number): void {
    this.must(officer, {
      type: "deposit",
      account,
      asset,
      units,
      reference: `deposit ${this.engine.sequence}`,
    });
  }
}
