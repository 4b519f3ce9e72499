import { type ClearingEvent, type Command, type Machine as Stores } from "../../clearing/index.ts";

export type Product = "spot" | "perpetual" | "inverse perpetual" | "future" | "option";
export const products: readonly Product[] = ["perpetual", "inverse perpetual", "future", "option", "spot"];

export interface ProductTally {
  trades: number;
  blockTrades: number;
  /** USD; of options at the index. */
  notionalUsd: number;
  /** Of options. */
  premiumUsd: number;
}

export interface MarginCallTally {
  calls: number;
  restored: number;
  readonly accounts: Set<number>;
  /** Calls by hour, the hour's beginning. */
  readonly byHour: Map<number, number>;
}

const hourMs = 3_600_000;

function add<Key>(counts: Map<Key, number>, key: Key, more: number): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}

/** Counts what happens, event by event. */
export class Tally {
  readonly events: Map<ClearingEvent["type"], number> = new Map();
  /** By command and code: `placeOrder insufficientMargin`. */
  readonly rejections: Map<string, number> = new Map();
  readonly products: Readonly<Record<Product, ProductTally>> = {
    spot: newProduct(),
    perpetual: newProduct(),
    "inverse perpetual": newProduct(),
    future: newProduct(),
    option: newProduct(),
  };
  readonly margin: MarginCallTally = { calls: 0, restored: 0, accounts: new Set(), byHour: new Map() };
  /** By asset: what payers of funding paid, units. */
  readonly fundingUnits: Map<number, bigint> = new Map();
  /** By asset: deposits less withdrawals paid, units, from events alone. */
  readonly netDepositUnits: Map<number, bigint> = new Map();
  readonly interestUnits: Map<number, bigint> = new Map();
  readonly cancelled: Map<string, number> = new Map();
  settlements = 0;
  settledPositions = 0;
  triggered = 0;
  /** Largest move of a perpetual's mark from one price to the next, as a fraction. */
  largestJump: { instrument: number; share: number; timeMs: number } = {
    instrument: -1,
    share: 0,
    timeMs: 0,
  };
  readonly #stores: Stores;
  readonly #marks: Map<number, number> = new Map();

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  see(event: ClearingEvent, command: Command): void {
    add(this.events, event.type, 1);
    const { type } = event;
    if (type === "rejected") add(this.rejections, `${command.type} ${event.code}`, 1);
    else if (type === "traded") this.#traded(event);
    else if (type === "markChanged") this.#marked(event.instrument, event.priceMicros);
    else if (type === "marginCalled") this.#called(event.account);
    else if (type === "marginRestored") this.margin.restored++;
    else if (type === "fundingPaid") {
      if (event.units < 0)
        this.#paid(this.fundingUnits, this.#settlementAsset(event.instrument), -event.units);
    } else if (type === "interestPaid") {
      if (event.units < 0) this.#paid(this.interestUnits, event.asset, -event.units);
    } else if (type === "instrumentSettled") {
      this.settlements++;
      this.settledPositions += event.positionCount;
    } else if (type === "orderCancelled") add(this.cancelled, event.reason, 1);
    else if (type === "orderTriggered") this.triggered++;
    else if (type === "balanceChanged") {
      if (event.reason === "deposit" && event.units > 0) {
        this.#paid(this.netDepositUnits, event.asset, event.units);
      }
    } else if (type === "withdrawalSettled" && event.outcome === "paid") {
      this.#paid(this.netDepositUnits, event.asset, -event.units);
    }
  }

  #called(account: number): void {
    this.margin.calls++;
    this.margin.accounts.add(account);
    add(this.margin.byHour, this.#now - (this.#now % hourMs), 1);
  }

  get #now(): number {
    return this.#stores.state.timeMs;
  }

  #settlementAsset(instrument: number): number {
    return this.#stores.markets.instruments.get("settlementAsset", instrument);
  }

  #paid(sums: Map<number, bigint>, asset: number, units: number): void {
    sums.set(asset, (sums.get(asset) ?? 0n) + BigInt(units));
  }

  #traded({ instrument, priceMicros, lots, source }: Extract<ClearingEvent, { type: "traded" }>): void {
    const { markets } = this.#stores;
    const product = this.products[productOf(this.#stores, instrument)];
    product.trades++;
    if (source === "block") product.blockTrades++;
    const { instruments } = markets;
    if (instruments.get("inverse", instrument) === 1) {
      product.notionalUsd += (lots * instruments.get("lotUsdMicros", instrument)) / 1e6;
      return;
    }
    const coins = (lots * instruments.get("lotNanos", instrument)) / 1e9;
    if (instruments.get("optionSign", instrument) === 0) product.notionalUsd += (coins * priceMicros) / 1e6;
    else {
      product.premiumUsd += (coins * priceMicros) / 1e6;
      product.notionalUsd += (coins * markets.indexMicros(instruments.get("underlying", instrument))) / 1e6;
    }
  }

  #marked(instrument: number, priceMicros: number): void {
    if (productOf(this.#stores, instrument) !== "perpetual") return;
    const before = this.#marks.get(instrument);
    this.#marks.set(instrument, priceMicros);
    if (before === undefined || before === 0 || priceMicros === 0) return;
    const share = priceMicros / before - 1;
    if (Math.abs(share) > Math.abs(this.largestJump.share)) {
      this.largestJump = { instrument, share, timeMs: this.#now };
    }
  }
}

const newProduct = (): ProductTally => ({ trades: 0, blockTrades: 0, notionalUsd: 0, premiumUsd: 0 });

const kinds: readonly Product[] = ["spot", "perpetual", "future", "option"];

export function productOf({ markets }: Stores, instrument: number): Product {
  const { instruments } = markets;
  if (instruments.get("inverse", instrument) === 1) return "inverse perpetual";
  return kinds[instruments.get("kind", instrument)] ?? "spot";
}
