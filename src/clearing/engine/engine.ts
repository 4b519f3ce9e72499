import { invariant } from "../../quantity/error.ts";
import { accountOf } from "../identity/index.ts";
import { type Envelope, type Rejection } from "../protocol/index.ts";
import { type StateHead, type StateSection } from "../state/index.ts";
import { authorizeKey, openAccount, revokeKey, setMarginMode } from "./accounts.ts";
import { acceptQuote, offerQuote, requestQuote } from "./blocks.ts";
import { bid } from "./default/bids.ts";
import { callLiquidation } from "./default/call.ts";
import { hedgeFund } from "./default/hedge.ts";
import { advanceLiquidations } from "./default/liquidate.ts";
import { donateFund, stakeFund, unstakeFund } from "./default/stake.ts";
import { type WorkLimits, workLimits } from "./limits.ts";
import { listAsset, listInstrument, listUnderlying } from "./listing.ts";
import { type Emit, Machine } from "./machine.ts";
import { sweepMargins } from "./margin-watch.ts";
import { massQuote } from "./mass-quote.ts";
import { deposit, settleWithdrawal, transfer, withdraw } from "./money.ts";
import { amendOrder, cancelAll, cancelOrder, placeOrder } from "./orders.ts";
import { addLiquidity, adjustPool, createPool, fundPoolBudget, removeLiquidity } from "./pools.ts";
import { publishPrices, publishSurface } from "./prices.ts";
import { advanceTime } from "./time.ts";
import { releaseTriggers } from "./triggers.ts";
import {
  genesis,
  grantRole,
  setInstrumentStatus,
  setParameter,
  setRiskDocument,
  setVenueStatus,
} from "./venue.ts";

/**
 * The state machine. What it holds is a function of the envelopes applied, in order: the same envelopes give the same state and the same
 * events everywhere. It reads no clock and has no effects but its state and what it emits.
 */
export interface Engine {
  /** Of the last envelope applied, 0 before genesis. */
  readonly sequence: number;
  /** The machine's time: that of the last envelope. */
  readonly timeMs: number;
  readonly head: StateHead;
  /** For snapshots and the state root. */
  readonly sections: readonly StateSection[];
  /** The stores, to read from. Whoever changes them breaks the machine. */
  readonly stores: Machine;
  /**
   * Applies one command: every event that it causes goes to `emit`, in order, before this returns. A command that is refused emits
   * `rejected` and changes nothing but its nonce; time passes all the same.
   *
   * @throws {InvariantError} if the sequence has a gap, time goes back or an invariant of the state is broken: the machine must stop.
   */
  apply(envelope: Envelope, emit: Emit): void;
}

/** A machine before genesis, or to be restored into. `work` is a part of its rules: whoever replays its commands needs the same. */
export const createEngine = (work: WorkLimits = workLimits): Engine => new ClearingEngine(work);

class ClearingEngine implements Engine {
  readonly stores: Machine;

  constructor(work: WorkLimits) {
    this.stores = new Machine(work);
  }

  get sequence(): number {
    return this.stores.state.sequence;
  }

  get timeMs(): number {
    return this.stores.state.timeMs;
  }

  get head(): StateHead {
    return { sequence: this.sequence, timeMs: this.timeMs };
  }

  get sections(): readonly StateSection[] {
    return this.stores.sections;
  }

  apply(envelope: Envelope, emit: Emit): void {
    const m = this.stores;
    const { state } = m;
    const { sequence, timeMs, command } = envelope;
    // Once: commands have many shapes, so each read of it is a search.
    const { type } = command;
    if (sequence !== state.sequence + 1) {
      invariant(false, `envelope ${state.sequence + 1} comes next, not ${sequence}`);
    }
    invariant(Number.isSafeInteger(timeMs) && timeMs >= state.timeMs, "time never goes back");
    invariant(state.isOpen || type === "genesis", "genesis comes first");
    m.emit = emit;
    state.sequence = sequence;
    state.dirty.mark(0);
    advanceTime(m, timeMs);
    const refused = m.identity.authorize(envelope, m.accounts) ?? handle(m, envelope);
    m.identity.useNonce(envelope);
    if (refused) emitRejected(m, envelope, refused);
    if (m.triggers.firstDue() >= 0) releaseTriggers(m);
    if (type === "tick" || type === "publishPrices" || type === "publishSurface") {
      sweepMargins(m);
      advanceLiquidations(m);
    }
  }
}

function emitRejected(m: Machine, { command }: Envelope, { code, field, value, limit }: Rejection): void {
  m.emit({
    type: "rejected",
    code,
    field,
    value: String(value),
    limit: String(limit),
    account: accountOf(command) ?? -1,
  });
}

/** Runs the command's handler: it checks first, and changes the state only if nothing speaks against it. */
function handle(m: Machine, envelope: Envelope): Rejection | undefined {
  const { command } = envelope;
  switch (command.type) {
    case "placeOrder":
      return placeOrder(m, command, envelope);
    case "cancelOrder":
      return cancelOrder(m, command);
    case "amendOrder":
      return amendOrder(m, command, envelope);
    case "massQuote":
      return massQuote(m, command, envelope);
    case "cancelAll":
      return cancelAll(m, command);
    case "publishPrices":
      return publishPrices(m, command, envelope);
    case "publishSurface":
      return publishSurface(m, command, envelope);
    case "tick":
      // Time has passed already.
      return undefined;
    case "genesis":
      return genesis(m, command);
    case "grantRole":
      return grantRole(m, command);
    case "listAsset":
      return listAsset(m, command);
    case "listUnderlying":
      return listUnderlying(m, command);
    case "listInstrument":
      return listInstrument(m, command);
    case "setInstrumentStatus":
      return setInstrumentStatus(m, command);
    case "setVenueStatus":
      return setVenueStatus(m, command);
    case "setParameter":
      return setParameter(m, command);
    case "setRiskDocument":
      return setRiskDocument(m, command);
    case "openAccount":
      return openAccount(m, command, envelope);
    case "setMarginMode":
      return setMarginMode(m, command);
    case "authorizeKey":
      return authorizeKey(m, command);
    case "revokeKey":
      return revokeKey(m, command);
    case "deposit":
      return deposit(m, command);
    case "withdraw":
      return withdraw(m, command);
    case "settleWithdrawal":
      return settleWithdrawal(m, command);
    case "transfer":
      return transfer(m, command);
    case "requestQuote":
      return requestQuote(m, command);
    case "offerQuote":
      return offerQuote(m, command, envelope);
    case "acceptQuote":
      return acceptQuote(m, command, envelope);
    case "createPool":
      return createPool(m, command);
    case "addLiquidity":
      return addLiquidity(m, command);
    case "removeLiquidity":
      return removeLiquidity(m, command);
    case "fundPoolBudget":
      return fundPoolBudget(m, command);
    case "adjustPool":
      return adjustPool(m, command);
    case "callLiquidation":
      return callLiquidation(m, command);
    case "bid":
      return bid(m, command);
    case "stakeFund":
      return stakeFund(m, command);
    case "unstakeFund":
      return unstakeFund(m, command);
    case "hedgeFund":
      return hedgeFund(m, command);
    case "donateFund":
      return donateFund(m, command);
    default:
      return command satisfies never;
  }
}
