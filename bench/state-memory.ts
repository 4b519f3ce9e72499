import { createEngine, type Engine } from "../src/clearing/index.ts";
import { readSnapshot, StateTree, writeSnapshot } from "../src/clearing/state/index.ts";
import { perpetual, order, officer, TestVenue, underlying, usdc } from "../test/properties/clearing-venue.ts";

const accountCount = Number(process.env["STATE_ACCOUNTS"] ?? 100_000);
const positionsEach = 20;

const addressOf = (n: number): string =>
  `0x${(Math.imul(n + 1, 0x9e37_79b1) >>> 0).toString(16).padStart(8, "0").repeat(5)}`;

/** Accounts that each hold a position in every instrument, traded in blocks with the account beside it. */
function filled(): Engine {
  const venue = new TestVenue();
  venue.open();
  venue.must(officer, { type: "listAsset", asset: { ...usdc, depositCapUnits: 2 ** 52 } });
  venue.must(officer, {
    type: "listUnderlying",
    underlying: underlying("BTC", { maxPriceAgeMs: 86_400_000 }),
  });
  for (let i = 0; i < positionsEach; i++) {
    venue.must(officer, {
      type: "listInstrument",
      instrument: perpetual({ name: `BTC-PERP-${i}`, makerFeePpm: 0, positionLimitLots: 1_000_000_000 }),
    });
  }
  venue.price(0, 100_000);
  const owners = new Map<number, string>();
  const accounts = Array.from({ length: accountCount }, (_, n) => {
    const account = venue.account(addressOf(n), 40_000_000_000);
    owners.set(account, addressOf(n));
    return account;
  });
  for (let n = 0; n < accountCount; n += 2) {
    const [one, other] = [accounts[n]!, accounts[n + 1]!];
    for (let instrument = 0; instrument < positionsEach; instrument++) {
      const terms = { instrument, priceTicks: 100_000, lots: 1 + (n % 5) };
      venue.must(owners.get(one)!, order({ ...terms, account: one, side: "sell" }));
      venue.must(owners.get(other)!, order({ ...terms, account: other }));
    }
    venue.events = [];
  }
  return venue.engine;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

function used(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Memory per account, and what a snapshot of all of it takes. */
export async function benchStateMemory(): Promise<void> {
  console.log(`\nState: ${accountCount} accounts with ${positionsEach} positions each`);
  if (!globalThis.gc) console.log("  (without --expose-gc the memory counts garbage too)");
  const before = used();
  const engine = filled();
  let positions = 0;
  const { stores } = engine;
  for (let account = 0; account < stores.accounts.count; account++) {
    positions += stores.positions.count(account);
  }
  if (positions !== accountCount * positionsEach) throw new Error(`${positions} positions`);
  const state = used() - before;
  console.log(
    `  state without its tree: ${megabytes(state)}, ${(state / accountCount).toFixed(0)} bytes per account`,
  );
  const clock = <T>(what: string, work: () => T): T => {
    const start = performance.now();
    const result = work();
    console.log(`  ${what.padEnd(44)} ${((performance.now() - start) / 1e3).toFixed(2).padStart(8)} s`);
    return result;
  };
  let tree: StateTree | undefined;
  const root = clock("a tree from nothing and its root", () => {
    tree = new StateTree(engine.sections);
    return tree.root(engine.head);
  });
  const whole = used() - before;
  console.log(`  with it: ${megabytes(whole)}, ${(whole / accountCount).toFixed(0)} bytes per account`);
  const pieces = clock("snapshot, all pieces taken", () => [
    ...writeSnapshot(engine.sections, engine.head, root),
  ]);
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const start = performance.now();
  const restored = createEngine();
  const { tree: restoredTree } = await readSnapshot(pieces, restored.sections);
  const seconds = (performance.now() - start) / 1e3;
  if (!Buffer.from(restoredTree.root(restored.head)).equals(root)) throw new Error("another root");
  if (!Buffer.from(tree?.root(engine.head) ?? []).equals(root)) throw new Error("the tree forgot");
  console.log(`  ${"restored, its root verified".padEnd(44)} ${seconds.toFixed(2).padStart(8)} s`);
  console.log(`  snapshot: ${megabytes(bytes)}, ${(bytes / accountCount).toFixed(0)} bytes per account`);
}
