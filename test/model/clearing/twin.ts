import {
  type ClearingEvent,
  type Command,
  type Envelope,
  type Rejection,
} from "../../../src/clearing/protocol/index.ts";
import { type Given } from "./given.ts";
import { acceptQuote, expireRequests, offerQuote, requestQuote } from "./twin-blocks.ts";
import { cancelResting, reducible } from "./twin-book.ts";
import { figures, type Hint, marginAllows, slackOf } from "./twin-margin-checks.ts";
import {
  amendOrder,
  cancelAll,
  cancelOrder,
  cancelWaiting,
  checkSpend,
  crossTriggers,
  massQuote,
  placeOrder,
  releaseTriggers,
} from "./twin-orders.ts";
import { refuse, type TwinOrder, TwinState, type TwinWork } from "./twin-state.ts";
import { settleFunding } from "./twin-fills.ts";

const [vault, dustAccount] = [0, 4];
const house = ["vault", "fees", "interest", "insurance", "dust"];

/** Events of the markets, which the twin takes as given, in the order in which they came. */
const marketEvents: ReadonlySet<string> = new Set([
  "assetListed",
  "underlyingListed",
  "instrumentListed",
  "instrumentStatusChanged",
  "parameterRamping",
  "parameterReached",
  "indexChanged",
  "markChanged",
  "surfaceChanged",
  "fundingRateSet",
]);

/** After these every account is margined anew. */
const moving: ReadonlySet<string> = new Set([
  "markChanged",
  "indexChanged",
  "fundingRateSet",
  "parameterReached",
]);

/** Commands that the markets alone decide on. */
const marketCommands: ReadonlySet<string> = new Set([
  "listAsset",
  "listUnderlying",
  "listInstrument",
  "setInstrumentStatus",
  "setParameter",
  "publishPrices",
  "publishSurface",
]);

/** Who must sign what beside an account's owner. */
const roleOf: Readonly<Record<string, string>> = {
  listAsset: "operator",
  listUnderlying: "operator",
  listInstrument: "operator",
  setParameter: "risk",
  publishPrices: "publisher",
  publishSurface: "publisher",
  deposit: "treasurer",
  settleWithdrawal: "treasurer",
  setVenueStatus: "guardian",
  grantRole: "admin",
};

/**
 * The slow, obvious clearing machine: maps, arrays and bigints, written from the documents. It takes prices and listings as given, by
 * the engine's market events and figures, and works out everything else: what each command does or why it is refused, to the event.
 */
export class Twin extends TwinState {
  readonly #roles = new Map<string, Set<string>>();
  readonly #expired = new Set<number>();
  readonly #closing: { readonly instrument: number; count: number }[] = [];
  #called = new Set<number>();
  #sweep = { account: 0, left: 0 };
  /** Decisions that were left to the engine because roundings decide them. */
  closeCalls = 0;

  constructor(given: Given, work: TwinWork) {
    super(given, work);
    this.isSweeping = () => this.#sweep.left > 0;
    this.lookAt = (account, hint) => this.#lookAt(account, hint);
    this.ledger.rateSet = (asset) => {
      const { borrowRate, supplyRate } = this.ledger.rates(asset);
      const ppb = (rate: bigint): number => Number(rate / 10n ** 9n);
      this.emit({ type: "interestRateSet", asset, borrowPpb: ppb(borrowRate), supplyPpb: ppb(supplyRate) });
    };
  }

  /** Applies a command after the engine did; gives the events that must have come of it. */
  apply(envelope: Envelope, engineEvents: readonly ClearingEvent[]): readonly ClearingEvent[] {
    this.events.length = 0;
    const hint = this.#hintOf(engineEvents);
    const { command } = envelope;
    const given = engineEvents.filter((e) => marketEvents.has(e.type));
    // Listings, prices and statuses come of the command; everything else of the markets comes of time.
    const ofCommand = marketCommands.has(command.type) || command.type === "grantRole";
    const isTimes = envelope.timeMs > this.timeMs;
    if (ofCommand && isTimes) throw new Error("the twin's commands of the markets come without time");
    if (isTimes) this.#passTime(envelope.timeMs, given);
    this.#goOnClosing();
    if (isTimes) this.#dropExpired();
    const refused =
      this.#authorize(envelope) ??
      this.#handle(command, envelope, ofCommand ? given : [], engineEvents, hint);
    if (refused) {
      const { code, field } = refused;
      const account = "account" in command ? command.account : -1;
      this.emit({ type: "rejected", code, field, value: "", limit: "", account });
    }
    releaseTriggers(this, hint);
    if (command.type === "tick" || command.type === "publishPrices" || command.type === "publishSurface")
      this.#sweepMargins(hint);
    return this.events;
  }

  #hintOf(events: readonly ClearingEvent[]): Hint {
    const failed = new Set<number>();
    const called = new Set<number>();
    const restored = new Set<number>();
    const cancelled = new Set<number>();
    let refused = false;
    for (const event of events) {
      if (event.type === "rejected") refused = event.code === "insufficientMargin";
      else if (event.type === "orderCancelled" && event.reason === "triggerFailed") failed.add(event.orderId);
      else if (event.type === "orderCancelled" && event.reason === "margin") cancelled.add(event.orderId);
      else if (event.type === "marginCalled") called.add(event.account);
      else if (event.type === "marginRestored") restored.add(event.account);
    }
    return {
      refused,
      triggersFailed: failed,
      called,
      restored,
      cancelled,
      onClose: () => void this.closeCalls++,
    };
  }

  #passTime(timeMs: number, given: readonly ClearingEvent[]): void {
    this.timeMs = timeMs;
    this.ledger.advance(timeMs);
    for (const event of given) this.#follow(event);
    this.#expire();
  }

  #dropExpired(): void {
    const { timeMs } = this;
    const expired = (orders: typeof this.resting): typeof this.resting =>
      orders
        .filter((o) => o.expiryMs !== 0 && o.expiryMs <= timeMs)
        .sort((a, b) => a.expiryMs - b.expiryMs || a.priority - b.priority);
    for (const order of expired(this.resting)) cancelResting(this, order, "expired");
    for (const order of expired(this.waiting)) cancelWaiting(this, order, "expired");
    expireRequests(this);
  }

  /** What follows from an event of the markets. */
  #follow(event: ClearingEvent): void {
    this.emit(event);
    if (event.type === "markChanged") crossTriggers(this, event.instrument, event.priceMicros);
    if (moving.has(event.type)) this.#sweep.left = this.owners.length;
    if (event.type === "assetListed") this.ledger.addAsset(event.asset.borrowable ? event.asset : undefined);
    if (event.type === "parameterReached" && event.target === "asset" && this.ledger.terms[event.index]) {
      this.ledger.terms[event.index] = this.given.asset(event.index);
    }
    if (event.type === "instrumentListed") {
      this.clearingAccounts.push(this.owners.length);
      this.owners.push(`[clearing:${event.instrument.name}]`);
      this.modes.push("cross");
    }
  }

  /** Futures and options whose time has come are settled from now on. */
  #expire(): void {
    const { given } = this;
    const isNew = (i: number): boolean => given.isExpired(i) && !this.#expired.has(i);
    const due = Array.from({ length: given.instrumentCount }, (_, i) => i).filter(isNew);
    due.sort((a, b) => given.instrument(a).expiryMs - given.instrument(b).expiryMs || a - b);
    for (const instrument of due) {
      this.#expired.add(instrument);
      this.#closing.push({ instrument, count: 0 });
      this.#sweep.left = this.owners.length;
    }
  }

  /** As much of the settlements under way as one command may do. */
  #goOnClosing(): void {
    let orders = this.work.closedOrders;
    let positions = this.work.settlements;
    for (;;) {
      const [closing] = this.#closing;
      if (!closing) return;
      orders -= this.#closeOrders(closing.instrument, orders);
      if (orders === 0) return;
      const { instrument } = closing;
      const holders = [...this.owners.keys()].filter((a) => this.position(a, instrument).lots !== 0);
      for (const account of holders.slice(0, positions)) this.#settle(account, instrument);
      const settled = Math.min(holders.length, positions);
      closing.count += settled;
      positions -= settled;
      if (holders.length > settled || positions === 0) return;
      this.#closing.shift();
      const asset = this.given.settlementAssetOf(instrument);
      const dust = this.ledger.balance(this.clearingAccounts[instrument]!, asset);
      if (dust > 0n) this.move(this.clearingAccounts[instrument]!, dustAccount, asset, dust, "dust");
      const settlementMicros = this.given.settlementMicros(instrument);
      this.emit({ type: "instrumentSettled", instrument, settlementMicros, positionCount: closing.count });
      positions--;
      if (positions === 0) return;
    }
  }

  /** Cancels at most `most` orders of an instrument: bids, offers, then what waits; those that have fired are released, and fail. */
  #closeOrders(instrument: number, most: number): number {
    const inBook = (side: string): TwinOrder[] =>
      this.resting
        .filter((o) => o.instrument === instrument && o.side === side)
        .sort((a, b) => (side === "buy" ? b.ticks - a.ticks : a.ticks - b.ticks) || a.priority - b.priority);
    const resting = [...inBook("buy"), ...inBook("sell")].slice(0, most);
    for (const order of resting) cancelResting(this, order, "instrumentClosed");
    const waits = (rises: boolean): TwinOrder[] =>
      this.waiting
        .filter((o) => o.instrument === instrument && o.trigger!.rises === rises && o.trigger!.due === 0)
        .sort((a, b) => a.trigger!.ticks - b.trigger!.ticks || a.priority - b.priority);
    const waiting = [...waits(true), ...waits(false)].slice(0, most - resting.length);
    for (const order of waiting) cancelWaiting(this, order, "instrumentClosed");
    return resting.length + waiting.length;
  }

  #settle(account: number, instrument: number): void {
    settleFunding(this, account, instrument);
    const units = this.settlementOf(account, instrument);
    this.positions.delete(`${account}/${instrument}`);
    this.emit({ type: "positionChanged", account, instrument, lots: 0, entryUnits: 0 });
    const asset = this.given.settlementAssetOf(instrument);
    this.settle(account, this.clearingAccounts[instrument]!, asset, units, "settlement");
  }

  #authorize({ signer, command }: Envelope): Rejection | undefined {
    if (signer === "")
      return command.type === "genesis" || command.type === "tick"
        ? undefined
        : refuse("notAuthorized", "signer");
    const known = this.#roles.has(signer) || this.owners.includes(signer);
    if (!known && command.type !== "openAccount") return refuse("unknownSigner", "signer");
    const role = roleOf[command.type];
    if (role !== undefined)
      return this.#roles.get(signer)?.has(role) ? undefined : refuse("notAuthorized", "signer");
    if (command.type === "setInstrumentStatus") {
      const own = this.#roles.get(signer);
      return own?.has("guardian") || own?.has("operator") ? undefined : refuse("notAuthorized", "signer");
    }
    if (command.type === "openAccount") return undefined;
    if (command.type === "genesis" || command.type === "tick") return refuse("notAuthorized", "signer");
    if (!("account" in command)) return undefined;
    if (command.account >= this.owners.length) return refuse("unknownAccount", "account");
    if (this.owners[command.account] !== signer) return refuse("notAuthorized", "account");
    if (command.type === "transfer") {
      if (command.to >= this.owners.length) return refuse("unknownAccount", "to");
      if (this.owners[command.to] !== signer) return refuse("notAuthorized", "to");
    }
    return undefined;
  }

  #handle(
    command: Command,
    { signer }: Envelope,
    given: readonly ClearingEvent[],
    engineEvents: readonly ClearingEvent[],
    hint: Hint,
  ): Rejection | undefined {
    if (marketCommands.has(command.type)) {
      const refusal = engineEvents.find((e) => e.type === "rejected");
      if (refusal?.type === "rejected") return refuse(refusal.code, refusal.field);
      for (const event of given) this.#follow(event);
      if (command.type === "publishSurface") this.#sweep.left = this.owners.length;
      return undefined;
    }
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- what it knows nothing of is not sent
    switch (command.type) {
      case "genesis":
        for (const label of house) {
          this.owners.push(`[${label}]`);
          this.modes.push("cross");
        }
        for (const admin of command.admins) this.#roles.set(admin, new Set(["admin"]));
        this.emit({ type: "venueOpened", venue: command.venue, chainId: command.chainId });
        return undefined;
      case "tick":
        return undefined;
      case "grantRole": {
        const own = this.#roles.get(command.key) ?? new Set();
        if (own.has(command.role) === command.granted) return refuse("alreadyDone", "granted");
        this.#roles.set(command.key, own.add(command.role));
        this.emit({ type: "roleGranted", role: command.role, key: command.key, granted: true });
        return undefined;
      }
      case "setVenueStatus":
        if (this.status === command.status) return refuse("alreadyDone", "status");
        this.status = command.status;
        this.emit({ type: "venueStatusChanged", status: command.status });
        return undefined;
      case "openAccount": {
        const account = this.owners.push(signer) - 1;
        this.modes.push(command.marginMode);
        this.emit({ type: "accountOpened", account, owner: signer, marginMode: command.marginMode });
        return undefined;
      }
      case "setMarginMode": {
        const { account, marginMode } = command;
        if (this.modes[account] === marginMode) return refuse("alreadyDone", "marginMode");
        if (!marginAllows(this, account, { isolated: marginMode === "isolated" }, hint)) {
          return refuse("insufficientMargin", "equityMicros");
        }
        this.modes[account] = marginMode;
        this.emit({ type: "marginModeChanged", account, marginMode });
        return undefined;
      }
      case "deposit":
        return this.#deposit(command, hint);
      case "withdraw":
        return this.#withdraw(command, hint);
      case "settleWithdrawal":
        return this.#settleWithdrawal(command);
      case "transfer":
        return this.#transfer(command, hint);
      case "placeOrder":
        return placeOrder(this, command, hint);
      case "cancelOrder":
        return cancelOrder(this, command);
      case "cancelAll":
        return cancelAll(this, command.account, command.instrument);
      case "amendOrder":
        return amendOrder(this, command, hint);
      case "massQuote":
        return massQuote(this, command, hint);
      case "requestQuote":
        return requestQuote(this, command);
      case "offerQuote":
        return offerQuote(this, command);
      case "acceptQuote":
        return acceptQuote(this, command, hint);
      default:
        throw new Error(`the twin knows nothing of ${command.type}`);
    }
  }

  /** A halted venue lets nothing out. */
  #checkOpen(): Rejection | undefined {
    return this.status === "halted" ? refuse("venueHalted", "status") : undefined;
  }

  #checkAmount(units: number, asset: number): Rejection | undefined {
    if (!Number.isSafeInteger(units) || units <= 0) return refuse("malformed", "units");
    return asset >= 0 && asset < this.given.assetCount ? undefined : refuse("unknownAsset", "asset");
  }

  #deposit(
    { account, asset, units, reference }: Extract<Command, { type: "deposit" }>,
    hint: Hint,
  ): Rejection | undefined {
    if (!Number.isSafeInteger(units) || units <= 0) return refuse("malformed", "units");
    if (this.owners[account] === undefined || this.isHouse(account))
      return refuse("unknownAccount", "account");
    const refused = this.#checkAmount(units, asset);
    if (refused) return refused;
    const dated = /^([0-9]{13}):/.exec(reference);
    const ageMs = dated ? this.timeMs - Number(dated[1]) : 0;
    if (ageMs > 30 * 86_400_000) return refuse("malformed", "reference");
    if (this.deposits.has(reference)) return refuse("alreadyDone", "reference");
    if (ageMs < -86_400_000) return refuse("malformed", "reference");
    const inVault = -this.ledger.balance(vault, asset) + BigInt(units);
    if (inVault > BigInt(this.given.asset(asset).depositCapUnits)) return refuse("overDepositCap", "units");
    this.deposits.add(reference);
    this.move(vault, account, asset, BigInt(units), "deposit");
    this.#restore(account, hint);
    return undefined;
  }

  #withdraw(command: Extract<Command, { type: "withdraw" }>, hint: Hint): Rejection | undefined {
    const { account, asset, destination } = command;
    const units = BigInt(command.units);
    const refused =
      this.#checkAmount(command.units, asset) ?? this.#checkOpen() ?? checkSpend(this, account, asset, units);
    if (refused) return refused;
    let inVault = -this.ledger.balance(vault, asset);
    for (const pending of this.withdrawals.values()) if (pending.asset === asset) inVault -= pending.units;
    if (units > inVault) return refuse("insufficientBalance", "units");
    const unfit = this.#checkSpendMargin(account, asset, units, hint);
    if (unfit) return unfit;
    const own = [...this.withdrawals.values()].filter((w) => w.account === account && w.asset === asset);
    if (own.length >= 64) return refuse("overCapacity", "account");
    const withdrawal = this.nextWithdrawal++;
    this.ledger.hold(account, asset, units);
    this.withdrawals.set(withdrawal, { account, asset, units });
    this.emit({ type: "withdrawalRequested", withdrawal, account, asset, units: command.units, destination });
    return undefined;
  }

  #checkSpendMargin(account: number, asset: number, units: bigint, hint: Hint): Rejection | undefined {
    const isDebt = this.ledger.available(account, asset) < units;
    if (isDebt && this.given.assetPriceMicros(asset) === 0) return refuse("noPrice", "asset");
    if (marginAllows(this, account, { spend: { asset, units } }, hint)) return undefined;
    return refuse("insufficientMargin", "equityMicros");
  }

  #settleWithdrawal({
    withdrawal,
    outcome,
  }: Extract<Command, { type: "settleWithdrawal" }>): Rejection | undefined {
    const pending = this.withdrawals.get(withdrawal);
    if (!pending) return refuse("unknownWithdrawal", "withdrawal");
    const { account, asset, units } = pending;
    this.withdrawals.delete(withdrawal);
    this.ledger.hold(account, asset, -units);
    this.emit({ type: "withdrawalSettled", withdrawal, account, asset, units: Number(units), outcome });
    if (outcome === "paid") this.move(account, vault, asset, units, "withdrawal");
    return undefined;
  }

  #transfer(command: Extract<Command, { type: "transfer" }>, hint: Hint): Rejection | undefined {
    const { account, to, asset } = command;
    const units = BigInt(command.units);
    if (!Number.isSafeInteger(command.units) || command.units <= 0) return refuse("malformed", "units");
    if (account === to) return refuse("malformed", "to");
    const refused =
      this.#checkAmount(command.units, asset) ?? this.#checkOpen() ?? checkSpend(this, account, asset, units);
    if (refused) return refused;
    const unfit = this.#checkSpendMargin(account, asset, units, hint);
    if (unfit) return unfit;
    this.move(account, to, asset, units, "transfer");
    this.#restore(to, hint);
    return undefined;
  }

  /** Lifts a margin call from an account that meets its initial margin. */
  #restore(account: number, hint: Hint): void {
    if (!this.#called.has(account)) return;
    const { equity, initial } = figures(this, account);
    const isClose = Math.abs(equity - initial) <= slackOf(equity, initial);
    if (isClose) this.closeCalls++;
    if (isClose ? !hint.restored.has(account) : equity < initial) return;
    this.#called.delete(account);
    this.emit({ type: "marginRestored", account });
  }

  #sweepMargins(hint: Hint): void {
    const sweep = this.#sweep;
    for (; sweep.left > 0; sweep.left--) {
      if (sweep.account >= this.owners.length) sweep.account = 0;
      const account = sweep.account++;
      this.#lookAt(account, hint);
    }
  }

  #lookAt(account: number, hint: Hint): void {
    if (this.isHouse(account)) return;
    const isCalled = this.#called.has(account);
    if (!isCalled && !this.#isExposed(account)) return;
    if (isCalled) this.#restore(account, hint);
    else this.#call(account, hint);
    this.#cancelPassed(account, hint);
  }

  #isExposed(account: number): boolean {
    if (this.slotsOf(account) > 0) return true;
    return Array.from({ length: this.given.assetCount }, (_, asset) => asset).some(
      (asset) => this.ledger.balance(account, asset) < 0n,
    );
  }

  /** Orders that the mark has passed go, all of them, if coming now they would be refused for margin. */
  #cancelPassed(account: number, hint: Hint): void {
    const { given } = this;
    const priceOf = (o: TwinOrder): number => o.ticks * given.instrument(o.instrument).tickMicros;
    const passed = this.resting
      .filter((o) => o.account === account)
      .filter((o) => {
        const mark = given.isExpired(o.instrument) ? 0 : given.markMicros(o.instrument);
        return mark !== 0 && (o.side === "buy" ? priceOf(o) > mark : priceOf(o) < mark);
      })
      .sort((a, b) => a.priority - b.priority);
    if (passed.length === 0) return;
    const trades = passed.map((o) => ({
      instrument: o.instrument,
      lots: o.side === "buy" ? o.lots : -o.lots,
      priceMicros: BigInt(priceOf(o)),
      fee: 0n,
    }));
    const own = { ...hint, refused: hint.cancelled.has(passed[0]!.id) };
    if (marginAllows(this, account, { trades, but: passed }, own)) return;
    for (const order of passed) cancelResting(this, order, "margin");
  }

  #call(account: number, hint: Hint): void {
    const { equity, initial, maintenance } = figures(this, account);
    const isClose = Math.abs(equity - maintenance) <= slackOf(equity, maintenance);
    if (isClose) this.closeCalls++;
    if (isClose ? !hint.called.has(account) : equity >= maintenance) return;
    this.#called.add(account);
    const micros = (usd: number): number => Math.round(usd * 1e6);
    this.emit({
      type: "marginCalled",
      account,
      equityMicros: micros(equity),
      initialMicros: micros(initial),
      maintenanceMicros: micros(maintenance),
    });
    // Its orders go, oldest first, but those that can only lessen its positions.
    const kept = new Map<string, number>();
    const own = this.resting.filter((o) => o.account === account).sort((a, b) => a.priority - b.priority);
    for (const order of own) {
      const { instrument, side, lots } = order;
      const key = `${instrument}`;
      const isSpot = this.given.instrument(instrument).kind === "spot";
      const room = isSpot
        ? 0
        : reducible(this.position(account, instrument).lots, side) - (kept.get(key) ?? 0);
      if (lots <= room) kept.set(key, (kept.get(key) ?? 0) + lots);
      else cancelResting(this, order, "margin");
    }
  }
}
