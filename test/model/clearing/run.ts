import { isDeepStrictEqual } from "node:util";
import { createEngine, type Engine } from "../../../src/clearing/engine/index.ts";
import { type ClearingEvent, type Envelope } from "../../../src/clearing/protocol/index.ts";
import { ByteReader, ByteWriter } from "../../../src/clearing/state/bytes.ts";
import { engineGiven } from "./engine-given.ts";
import { type Given } from "./given.ts";
import { RandomSteps } from "./random-steps.ts";
import { Twin } from "./twin.ts";
import { type TwinWork } from "./twin-state.ts";
import { startMs, type Step } from "./venue.ts";

/** Commands that come without time of their own: what they change must not be mixed with what time changes. */
const timeless: ReadonlySet<string> = new Set([
  "genesis",
  "grantRole",
  "listAsset",
  "listUnderlying",
  "listInstrument",
  "setInstrumentStatus",
  "setParameter",
  "publishPrices",
  "publishSurface",
]);

export interface RunResult {
  /** What differed, or undefined. */
  readonly failure: string | undefined;
  /** Steps applied, the failing one included. */
  readonly steps: Step[];
  readonly rejections: Map<string, number>;
  readonly events: Map<string, number>;
  readonly closeCalls: number;
}

/** Engine and twin side by side. */
export class Pair {
  readonly #work: TwinWork;
  engine: Engine;
  readonly given: Given = engineGiven(() => this.engine);
  readonly twin: Twin;
  #sequence = 0;
  #timeMs = startMs;

  constructor(work: TwinWork) {
    this.#work = work;
    this.engine = createEngine(work);
    this.twin = new Twin(this.given, work);
  }

  /** Applies one step to both; says what differs. */
  apply({ signer, command, advanceMs }: Step): { failure: string | undefined; events: ClearingEvent[] } {
    this.#sequence++;
    this.#timeMs += timeless.has(command.type) ? 0 : advanceMs;
    const envelope: Envelope = {
      sequence: this.#sequence,
      timeMs: this.#timeMs,
      signer,
      nonce: this.#sequence,
      deadlineMs: 0,
      signature: new Uint8Array(0),
      command,
    };
    const events: ClearingEvent[] = [];
    const interest = this.#interests();
    this.engine.apply(envelope, (event) => events.push(event));
    const expected = this.twin.apply(envelope, events);
    return { failure: differenceOf(events, expected) ?? this.#overCap(interest), events };
  }

  #interests(): readonly number[] {
    const { positions } = this.engine.stores;
    return Array.from({ length: this.given.instrumentCount }, (_, i) => positions.openInterest(i));
  }

  /** Open interest that is above its cap does not grow. */
  #overCap(before: readonly number[]): string | undefined {
    for (const [i, interest] of this.#interests().entries()) {
      const cap = this.given.instrument(i).openInterestCapLots;
      if (cap > 0 && interest > Math.max(cap, before[i] ?? 0))
        return `open interest of ${i} passed its cap: ${interest}`;
    }
    return undefined;
  }

  /** Takes the engine down and brings it up again from its leaves. */
  restore(): void {
    const again = createEngine(this.#work);
    const out = new ByteWriter();
    const byName = (engine: Engine): Engine["sections"] =>
      [...engine.sections].sort((a, b) => (a.name < b.name ? -1 : 1));
    const to = byName(again);
    for (const [i, from] of byName(this.engine).entries()) {
      for (let leaf = 0; leaf < from.leafCount; leaf++) {
        out.clear();
        from.encodeLeaf(leaf, out);
        if (out.length > 0) to[i]!.decodeLeaf(leaf, new ByteReader(out.copy()));
      }
    }
    for (const [i, from] of byName(this.engine).entries()) to[i]!.finishRestore(from.leafCount);
    this.engine = again;
  }

  /** Compares all that both hold, and what must hold of it whatever happened. */
  inspect(): string | undefined {
    const { engine, twin, given } = this;
    const { ledger, positions, accounts, orders } = engine.stores;
    const wrong: string[] = [];
    const same = (what: string, ours: unknown, theirs: unknown): void => {
      if (!isDeepStrictEqual(ours, theirs)) wrong.push(`${what}: engine ${show(ours)}, twin ${show(theirs)}`);
    };
    same("accounts", accounts.count, twin.owners.length);
    for (let asset = 0; asset < given.assetCount; asset++) {
      same(`sum of asset ${asset}`, ledger.total(asset), 0n);
      let due = ledger.balance(2, asset);
      for (let account = 0; account < accounts.count; account++) {
        same(
          `balance ${account}/${asset}`,
          BigInt(ledger.balance(account, asset)),
          twin.ledger.balance(account, asset),
        );
        same(
          `held ${account}/${asset}`,
          BigInt(ledger.held(account, asset)),
          twin.ledger.held(account, asset),
        );
        due -= accounts.isHouse(account) ? 0 : Number(twin.ledger.due(account, asset));
      }
      if (due < 0) wrong.push(`interest of asset ${asset} falls short by ${-due}`);
    }
    for (let instrument = 0; instrument < given.instrumentCount; instrument++) {
      this.#inspectInstrument(instrument, same, wrong);
    }
    same("resting orders", orders.orderCount, twin.resting.length);
    for (const order of twin.resting) {
      const slot = orders.find(order.id);
      same(
        `order ${order.id}`,
        slot < 0
          ? undefined
          : [
              orders.account(slot),
              orders.instrument(slot),
              orders.side(slot),
              orders.priceTicks(slot),
              orders.remainingLots(slot),
            ],
        [order.account, order.instrument, order.side === "buy" ? 0 : 1, order.ticks, order.lots],
      );
      const at = positions.find(order.account, order.instrument);
      const open = at < 0 ? 0 : (order.side === "buy" ? positions.openBuyLots : positions.openSellLots)[at];
      same(
        `open lots of ${order.account} in ${order.instrument}`,
        open,
        twin.openLots(order.account, order.instrument, order.side),
      );
    }
    return wrong.length === 0 ? undefined : wrong.slice(0, 5).join("\n");
  }

  #inspectInstrument(
    instrument: number,
    same: (what: string, ours: unknown, theirs: unknown) => void,
    wrong: string[],
  ): void {
    const { engine, twin, given } = this;
    const { ledger, positions, accounts, orders } = engine.stores;
    const asset = given.settlementAssetOf(instrument);
    const clearing = twin.clearingAccounts[instrument]!;
    let entries = 0;
    let owed = 0n;
    for (let account = 0; account < accounts.count; account++) {
      const slot = positions.find(account, instrument);
      const { lots, entry } = twin.position(account, instrument);
      same(
        `position ${account}/${instrument}`,
        slot < 0 ? [0, 0] : [positions.lots[slot], positions.entryUnits[slot]],
        [lots, Number(entry)],
      );
      entries += Number(entry);
      owed += twin.fundingDue(account, instrument);
    }
    same(`open interest of ${instrument}`, positions.openInterest(instrument), twin.openInterest(instrument));
    // Linear and without funding it is exact; else rounding leaves dust, never a shortfall.
    const { kind, settlement } = given.instrument(instrument);
    // While it is being settled, what others' roundings left is there too.
    const isClosing = given.isExpired(instrument) && engine.stores.closings.has(instrument);
    if (kind !== "option" && !isClosing) {
      const dust = BigInt(ledger.balance(clearing, asset)) + BigInt(entries) - owed;
      if (dust < 0n) wrong.push(`clearing account of ${instrument} falls short by ${-dust}`);
      if (settlement === "linear" && kind === "future" && dust !== 0n)
        wrong.push(`dust ${dust} in linear ${instrument}`);
    }
    const book = orders.book(instrument);
    if (book.bestBidTicks !== 0 && book.bestAskTicks !== 0 && book.bestBidTicks >= book.bestAskTicks) {
      wrong.push(`book of ${instrument} is crossed`);
    }
  }
}

const show = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? `${v}n` : v)) ?? "undefined";

/** What closes together closes in an order that is nobody's business: by number. */
function sortRuns(events: readonly ClearingEvent[]): ClearingEvent[] {
  const keyOf = (event: ClearingEvent | undefined): number | undefined => {
    if (event?.type === "quoteExpired") return event.request;
    return event?.type === "orderCancelled" && event.reason === "instrumentClosed"
      ? event.orderId
      : undefined;
  };
  const sorted = [...events];
  for (let from = 0; from < sorted.length; from++) {
    let to = from;
    while (keyOf(sorted[to]) !== undefined && sorted[to]?.type === sorted[from]?.type) to++;
    if (to <= from + 1) continue;
    const run = sorted.slice(from, to).sort((a, b) => (keyOf(a) ?? 0) - (keyOf(b) ?? 0));
    sorted.splice(from, to - from, ...run);
    from = to - 1;
  }
  return sorted;
}

/** Of rejections the code and the account count; of margin calls the figures within what roundings come to. */
function differenceOf(
  engineEvents: readonly ClearingEvent[],
  twinEvents: readonly ClearingEvent[],
): string | undefined {
  const events = sortRuns(engineEvents);
  const expected = sortRuns(twinEvents);
  for (let i = 0; i < Math.max(events.length, expected.length); i++) {
    const [ours, theirs] = [events[i], expected[i]];
    if (isSame(ours, theirs)) continue;
    return `event ${i}: engine ${show(ours)}, twin ${show(theirs)}`;
  }
  return undefined;
}

function isSame(ours: ClearingEvent | undefined, theirs: ClearingEvent | undefined): boolean {
  if (ours?.type === "rejected" && theirs?.type === "rejected")
    return ours.code === theirs.code && ours.account === theirs.account;
  if (ours?.type === "marginCalled" && theirs?.type === "marginCalled") {
    const near = (a: number, b: number): boolean => Math.abs(a - b) <= 30_000 + 1e-11 * Math.abs(a);
    return (
      ours.account === theirs.account &&
      near(ours.equityMicros, theirs.equityMicros) &&
      near(ours.initialMicros, theirs.initialMicros) &&
      near(ours.maintenanceMicros, theirs.maintenanceMicros)
    );
  }
  return isDeepStrictEqual(ours, theirs);
}

/** Runs until something differs: steps that are given, or that `source` draws as the twin goes. */
function run(
  source: (twin: Twin) => (i: number) => Step | undefined,
  restoreEvery: number,
  work: TwinWork,
): RunResult {
  const pair = new Pair(work);
  const next = source(pair.twin);
  const steps: Step[] = [];
  const rejections = new Map<string, number>();
  const counts = new Map<string, number>();
  const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);
  let failure: string | undefined;
  for (let i = 0; failure === undefined; i++) {
    const step = next(i);
    if (!step) break;
    steps.push(step);
    try {
      const applied = pair.apply(step);
      failure = applied.failure;
      for (const event of applied.events) {
        count(counts, event.type);
        if (event.type === "rejected") count(rejections, event.code);
      }
      if (failure === undefined && i % 25 === 0) failure = pair.inspect();
      if (i % restoreEvery === restoreEvery - 1) pair.restore();
    } catch (error) {
      failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }
  return {
    failure: failure ?? pair.inspect(),
    steps,
    rejections,
    events: counts,
    closeCalls: pair.twin.closeCalls,
  };
}

const wholeWork: TwinWork = { closedOrders: 1_000, settlements: 500, triggers: 100, triggerMeetings: 1_000 };
/** So little per command that work is always left over for the next ones. */
const littleWork: TwinWork = { closedOrders: 2, settlements: 2, triggers: 2, triggerMeetings: 2 };
/** Half of the runs do little. */
export const workOf = (seed: number): TwinWork => (seed % 2 === 0 ? littleWork : wholeWork);

/** A run of so many random steps. */
export const runSeed = (seed: number, count: number): RunResult =>
  run(
    (twin) => {
      const steps = new RandomSteps(seed, twin);
      return (i) => (i < count ? steps.next() : undefined);
    },
    200,
    workOf(seed),
  );

export const runSteps = (
  steps: readonly Step[],
  work: TwinWork,
  restoreEvery: number = Infinity,
): RunResult => run(() => (i) => steps[i], restoreEvery, work);

/** Steps without `count` of them from `at` on; their time passes all the same. */
function without(steps: readonly Step[], at: number, count: number): readonly Step[] {
  let lostMs = 0;
  for (const { command, advanceMs } of steps.slice(at, at + count)) {
    if (!timeless.has(command.type)) lostMs += advanceMs;
  }
  const rest = steps.slice(at + count);
  const next = rest.findIndex(({ command }) => !timeless.has(command.type));
  return [
    ...steps.slice(0, at),
    ...rest.map((step, i) => (i === next ? { ...step, advanceMs: step.advanceMs + lostMs } : step)),
  ];
}

/** Leaves out whatever steps the failure does not need, by halves, until each one left is needed. */
export function shrink(steps: readonly Step[], fails: (steps: readonly Step[]) => boolean): readonly Step[] {
  let kept = steps;
  for (let size = Math.ceil(kept.length / 2); ; size = Math.ceil(size / 2)) {
    const before = kept.length;
    for (let at = 0; at < kept.length;) {
      const fewer = without(kept, at, size);
      if (fails(fewer)) kept = fewer;
      else at += size;
    }
    if (size === 1 && kept.length === before) return kept;
  }
}
