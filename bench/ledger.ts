import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Accounts, openAccounts } from "../src/clearing/accounts/index.ts";
import { Interest, Ledger } from "../src/clearing/ledger/index.ts";
import { type LendingTerms } from "../src/clearing/lending/index.ts";
import { Positions } from "../src/clearing/positions/index.ts";
import { randomStream } from "../src/numerics/random.ts";
import { type Contestant, interleave, printRatio, printTimings, ratioOf, timed } from "./measure.ts";

const seed = 20_261_124;
const accountCount = 100_000;
const assetCount = 8;
const positionsPerAccount = 20;
const instrumentCount = 1000;
const postingCount = 1_000_000;

const terms: LendingTerms = {
  rateAtZeroPpm: 10_000,
  rateAtOptimumPpm: 80_000,
  rateAtFullPpm: 1_500_000,
  optimalUsePpm: 800_000,
  reserveSharePpm: 100_000,
};

interface Postings {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly asset: Uint8Array;
  readonly units: Float64Array;
}

function randomPostings(): Postings {
  const random = randomStream(seed);
  const below = (n: number): number => random.nextBelow(n);
  const from = Uint32Array.from({ length: postingCount }, () => below(accountCount));
  return {
    from,
    to: from.map((account) => (account + 1 + below(accountCount - 1)) % accountCount),
    asset: Uint8Array.from({ length: postingCount }, () => below(assetCount)),
    units: Float64Array.from({ length: postingCount }, () => 1 + below(1e9)),
  };
}

/** What a contestant must do: post with bounds checked, note whose leaves changed, tell a balance. */
interface PostingLedger {
  transfer(from: number, to: number, asset: number, units: number): void;
  balance(account: number, asset: number): number;
}

const largest = BigInt(Number.MAX_SAFE_INTEGER);

/** The ledger as one writes it first: a boxed BigInt per balance, in a Map. */
function mapsOfBigInts(): PostingLedger {
  const balances = new Map<number, Map<number, bigint>>();
  const dirty = new Set<number>();
  const change = (account: number, asset: number, units: bigint): void => {
    let own = balances.get(account);
    if (!own) {
      own = new Map();
      balances.set(account, own);
    }
    const after = (own.get(asset) ?? 0n) + units;
    if (after > largest || after < -largest) throw new RangeError("balance");
    own.set(asset, after);
    dirty.add(account);
  };
  return {
    transfer: (from, to, asset, units) => {
      const amount = BigInt(units);
      change(from, asset, -amount);
      change(to, asset, amount);
    },
    balance: (account, asset) => Number(balances.get(account)?.get(asset) ?? 0n),
  };
}

/** The same columns as ours, of 64-bit integers instead of doubles. */
function bigInt64Columns(): PostingLedger {
  const balances = new BigInt64Array(accountCount * assetCount);
  const dirty = new Uint8Array(accountCount);
  return {
    transfer: (from, to, asset, units) => {
      const amount = BigInt(units);
      const fromRow = from * assetCount + asset;
      const toRow = to * assetCount + asset;
      const fromAfter = balances[fromRow]! - amount;
      const toAfter = balances[toRow]! + amount;
      if (fromAfter < -largest || toAfter > largest) throw new RangeError("balance");
      balances[fromRow] = fromAfter;
      balances[toRow] = toAfter;
      dirty[from] = 1;
      dirty[to] = 1;
    },
    balance: (account, asset) => Number(balances[account * assetCount + asset]),
  };
}

function accountsForAll(): Accounts {
  const accounts = openAccounts();
  while (accounts.count < accountCount)
    accounts.open(`0x${accounts.count.toString(16).padStart(40, "0")}`, "cross");
  return accounts;
}

function ours(accounts: Accounts, ofAsset: LendingTerms | undefined): { ledger: Ledger; interest: Interest } {
  const interest = new Interest();
  const ledger = new Ledger(accounts, interest, () => {});
  for (let asset = 0; asset < assetCount; asset++) ledger.addAsset(ofAsset);
  return { ledger, interest };
}

function post(ledger: PostingLedger, postings: Postings): void {
  const { from, to, asset, units } = postings;
  for (let i = 0; i < postingCount; i++) ledger.transfer(from[i]!, to[i]!, asset[i]!, units[i]!);
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

function memoryMiB(): number {
  // Twice: what the first frees may hold on to buffers.
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 2 ** 20;
}

function reportMemory(): void {
  const random = randomStream(seed + 1);
  const before = memoryMiB();
  const accounts = accountsForAll();
  const withAccounts = memoryMiB();
  const { ledger } = ours(accounts, terms);
  for (let account = 5; account < accountCount; account++) {
    for (let asset = 0; asset < assetCount; asset++) ledger.transfer(0, account, asset, 1 + account);
  }
  const withLedger = memoryMiB();
  const positions = new Positions(accounts);
  const funding = Array.from({ length: instrumentCount }, (_, i) => 10n ** 18n + BigInt(i));
  for (let account = 5; account < accountCount; account++) {
    while (positions.count(account) < positionsPerAccount) {
      const instrument = random.nextBelow(instrumentCount);
      if (positions.find(account, instrument) >= 0) continue;
      positions.applyFill(account, instrument, 10, 1000);
      positions.setFundingIndex(account, instrument, funding[instrument]!);
    }
  }
  const withPositions = memoryMiB();
  // Used once more, so that nothing was freed before it was weighed.
  if (ledger.leafCount !== positions.leafCount) throw new Error("stores of different accounts");
  const bytesEach = (mib: number, count: number): string =>
    `${((mib * 2 ** 20) / count).toFixed(0)} bytes each`;
  console.log(`  memory: ${accountCount} accounts ${(withAccounts - before).toFixed(0)} MiB`);
  console.log(
    `    × ${assetCount} borrowable assets ${(withLedger - withAccounts).toFixed(0)} MiB, ${bytesEach(withLedger - withAccounts, accountCount * assetCount)}`,
  );
  console.log(
    `    × ${positionsPerAccount} positions ${(withPositions - withLedger).toFixed(0)} MiB, ${bytesEach(withPositions - withLedger, accountCount * positionsPerAccount)}`,
  );
}

/** Double-entry postings between random accounts. */
export async function benchLedger(rounds: number): Promise<void> {
  console.log(
    `\nLedger: ${postingCount} transfers between random accounts of ${accountCount} in ${assetCount} assets, seed ${seed}`,
  );
  reportMemory();
  const postings = randomPostings();
  const accounts = accountsForAll();
  const plain = ours(accounts, undefined);
  const bearing = ours(accounts, terms);
  const ledgers: [name: string, ledger: PostingLedger][] = [
    ["ours", plain.ledger],
    ["ours, borrowable assets", bearing.ledger],
    ["BigInt64Array", bigInt64Columns()],
    ["boxed BigInt in Maps", mapsOfBigInts()],
  ];
  for (const [, ledger] of ledgers) post(ledger, postings);
  for (let account = 0; account < accountCount; account++) {
    for (let asset = 0; asset < assetCount; asset++) {
      for (const [name, ledger] of ledgers) {
        if (ledger.balance(account, asset) !== plain.ledger.balance(account, asset)) {
          throw new Error(`${name}: account ${account}, asset ${asset} differs`);
        }
      }
    }
  }
  for (let asset = 0; asset < assetCount; asset++) {
    if (plain.ledger.total(asset) !== 0n) throw new Error(`asset ${asset} does not sum to 0`);
  }
  console.log(
    `  answers: all ${ledgers.length} agree on ${accountCount * assetCount} balances; each asset sums to 0`,
  );
  const contestants: Contestant[] = ledgers.map(([name, ledger]) => ({
    name,
    run: () => timed(() => post(ledger, postings)),
  }));
  const timings = await interleave(contestants, rounds);
  printTimings(timings.values(), (ms) => `${((ms * 1e6) / postingCount).toFixed(1)} ns/transfer`);
  printRatio("boxed BigInt ÷ ours", ratioOf(timings, ["boxed BigInt in Maps"], "ours"), { atLeast: 10 });
  printRatio("BigInt64Array ÷ ours", ratioOf(timings, ["BigInt64Array"], "ours"));
  printRatio(
    "boxed BigInt ÷ ours, borrowable",
    ratioOf(timings, ["boxed BigInt in Maps"], "ours, borrowable assets"),
  );
}
