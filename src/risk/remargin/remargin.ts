import {
  bestImplementation,
  remarginKernel,
  remarginMemory,
  tileRowBytes,
  tileScenarios,
} from "../../numerics/wasm/remargin-kernel.ts";
import { PlimsollError, requireNumber } from "../../quantity/error.ts";
import { requireBook } from "./book-checks.ts";
import { type LotBook } from "./book.ts";
import { type Remargin, type RemarginOptions } from "./engine.ts";
import { requireExactSums } from "./exactness.ts";
import { accountsByGroup, accountsOf, addHolder } from "./holders.ts";
import { type RemarginLayout, remarginLayout, someAccounts } from "./layout.ts";
import { type LotMatrix } from "./matrix.ts";
import {
  orderShortfall,
  type PositionAddresses,
  shortfallPass,
  type Tail,
  type TailAddresses,
  tailMean,
  worstPass,
} from "./passes.ts";
import { writePositions } from "./positions.ts";
import { readDistribution, readTail } from "./tail.ts";

/**
 * Prepares a book for re-margining.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` for lots or profits that are not integers, `PLM_UNKNOWN` for a position without a row,
 *   `PLM_OVERFLOW` when an account's sums could leave the exact integers (2^53): choose a larger unit.
 */
export function remargin(book: LotBook, matrix: LotMatrix, options: RemarginOptions = {}): Remargin {
  const { threadCount = 1, keepVectors = false, sparePositions = 0 } = options;
  requireNumber("sparePositions", sparePositions, 0, 1000);
  requireNumber("threadCount", threadCount, 1, 1024);
  requireBook(book, matrix);
  const { instrumentCount, scenarioCount } = matrix;
  const { distributionCount, weights } = readDistribution(options, scenarioCount);
  const tail = readTail(options.tail, weights);
  const shared = threadCount > 1;
  const implementation = options.implementation ?? bestImplementation(shared);
  const somePositionCount = Math.max(80_000, mostPositions(book) + sparePositions);
  const layout = remarginLayout({
    accountCount: book.accountCount,
    instrumentCount,
    scenarioCount,
    distributionCount,
    positionCount: book.lots.length + book.accountCount * sparePositions,
    somePositionCount,
    threadCount,
    keepVectors,
  });
  const { tileCount } = layout;
  const memory = remarginMemory(layout.totalBytes, shared, implementation);
  const kernel = remarginKernel(memory, shared, implementation);
  const doubles = new Float64Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);

  const positions = writePositions(book, layout, sparePositions, words, doubles);
  const guard = requireExactSums(positions, matrix, Math.floor(tail.mass) + 1);
  doubles.set(weights, layout.weights / 8);
  for (let i = 0; i < instrumentCount; i++) writeRow(matrix.pnlUnits, i, i, layout, doubles);

  const groups = Uint32Array.from({ length: instrumentCount }, (_, i) => options.groups?.[i] ?? 0);
  const holders = accountsByGroup(book, groups);
  const worst = doubles.subarray(layout.worst / 8, layout.worst / 8 + book.accountCount);
  const shortfall = new Float64Array(book.accountCount);
  // Which accounts' kept scenario sums are up to date.
  const vectorFresh = new Uint8Array(keepVectors ? book.accountCount : 0);
  const asked = { worst: false, shortfall: false };

  const someTails: TailAddresses = {
    tailSums: layout.someResults,
    tailNexts: layout.someResults + 8 * someAccounts,
    tailWeights: layout.someResults + 16 * someAccounts,
  };
  const somePositions: PositionAddresses = {
    spans: layout.someSpans,
    offsets: layout.someOffsets,
    lots: layout.someLots,
  };
  const [scratch = 0] = layout.scratch;
  // at hand for order checks, which take less than half a microsecond
  const { rowBytes, vectors } = layout;
  const competingTiles = layout.competing.tileCount;
  const competingOffset = layout.competing.firstTile * tileRowBytes;
  const competingRows = layout.rows + competingOffset;

  const meanAt = ({ tailSums, tailNexts, tailWeights }: TailAddresses, i: number, of: Tail = tail): number =>
    tailMean(
      of,
      doubles[tailSums / 8 + i] ?? 0,
      doubles[tailNexts / 8 + i] ?? 0,
      doubles[tailWeights / 8 + i] ?? 0,
    );

  function foldTails(): void {
    for (let a = 0; a < shortfall.length; a++) shortfall[a] = meanAt(layout, a);
  }

  const runWorst = (): void => worstPass(kernel, layout, layout, 0, book.accountCount, layout.worst);

  function runShortfall(): void {
    shortfallPass(kernel, layout, tail, layout, 0, book.accountCount, scratch, layout);
    foldTails();
  }

  /**
   * Re-margins the accounts listed from `from` on, as many as there is room for, and gives the place of the next. Their positions
   * are copied together first: left scattered, they would not stay in the cache from tile to tile.
   */
  function remarginSome(accounts: Uint32Array, from: number): number {
    const { someSpans, someOffsets, someLots, someResults } = layout;
    let count = 0;
    let gathered = 0;
    while (from + count < accounts.length && count < someAccounts) {
      const a = accounts[from + count] ?? 0;
      const start = positions.from(a);
      const end = positions.to(a);
      if (gathered + end - start > somePositionCount) break;
      words[someSpans / 4 + 2 * count] = gathered;
      for (let p = start; p < end; p++, gathered++) {
        words[someOffsets / 4 + gathered] = words[layout.offsets / 4 + p] ?? 0;
        doubles[someLots / 8 + gathered] = doubles[layout.lots / 8 + p] ?? 0;
      }
      words[someSpans / 4 + 2 * count + 1] = gathered;
      count++;
    }
    if (asked.worst) {
      worstPass(kernel, layout, somePositions, 0, count, someResults);
      for (let i = 0; i < count; i++) worst[accounts[from + i] ?? 0] = doubles[someResults / 8 + i] ?? 0;
    }
    if (asked.shortfall) {
      shortfallPass(kernel, layout, tail, somePositions, 0, count, scratch, someTails);
      for (let i = 0; i < count; i++) shortfall[accounts[from + i] ?? 0] = meanAt(someTails, i);
    }
    return from + count;
  }

  /** Address of the account's scenario sums, computed if they are not kept or out of date. */
  function vectorOf(account: number): number {
    const vector = vectors + (keepVectors ? account * rowBytes : 0);
    if (vectorFresh[account] !== 1) {
      const from = positions.from(account);
      kernel.vector(layout.rows, tileCount, layout.offsets, layout.lots, from, positions.to(account), vector);
      if (keepVectors) vectorFresh[account] = 1;
    }
    return vector;
  }

  function requireAccount(account: number): void {
    const accounts = book.accountCount;
    if (!(Number.isInteger(account) && account >= 0 && account < accounts)) {
      throw unknownIndex("account", account, accounts);
    }
  }

  function requireOrder(account: number, instrument: number, lots: number): void {
    requireAccount(account);
    if (!(Number.isInteger(instrument) && instrument >= 0 && instrument < instrumentCount)) {
      throw unknownIndex("instrument", instrument, instrumentCount);
    }
    if (!Number.isInteger(lots) || !guard.fits(account, instrument, lots)) {
      throw new PlimsollError(Number.isInteger(lots) ? "PLM_OVERFLOW" : "PLM_DOMAIN", {
        field: "lots",
        value: lots,
        limit: "an integer that keeps the account's sums below 2^53 units",
        remedy: "Split the order, or choose a larger unit.",
      });
    }
  }

  function checkOrderWorst(account: number, instrument: number, lots: number): number {
    requireOrder(account, instrument, lots);
    const row = competingRows + instrument * rowBytes;
    return kernel.orderWorst(vectorOf(account) + competingOffset, row, lots, competingTiles);
  }

  return {
    accountCount: book.accountCount,
    scenarioCount,
    implementation,
    worst() {
      asked.worst = true;
      runWorst();
      return worst;
    },
    expectedShortfall() {
      requireHasTail(tail);
      asked.shortfall = true;
      runShortfall();
      return shortfall;
    },
    expectedShortfallOf(mass) {
      requireHasTail(tail);
      const other: Tail = { mass: requireNumber("tail", mass, 1, tail.mass), weighted: tail.weighted };
      shortfallPass(kernel, layout, other, layout, 0, book.accountCount, scratch, layout);
      return Float64Array.from({ length: book.accountCount }, (_, a) => meanAt(layout, a, other));
    },
    checkOrderWorst,
    checkOrder(account, instrument, lots) {
      const worstUnits = checkOrderWorst(account, instrument, lots);
      if (tail.mass === 0) return { worstUnits };
      const row = layout.rows + instrument * layout.rowBytes;
      orderShortfall(kernel, layout, tail, { vector: vectorOf(account), row, lots }, someTails);
      return { worstUnits, shortfallUnits: meanAt(someTails, 0) };
    },
    applyTick(update) {
      guard.requireUpdate(update);
      const accounts = accountsOf(holders, groups, update.instruments, book.accountCount);
      guard.update(update);
      for (let u = 0; u < update.instruments.length; u++) {
        writeRow(update.pnlUnits, u, update.instruments[u] ?? 0, layout, doubles);
      }
      if (keepVectors) for (const a of accounts) vectorFresh[a] = 0;
      // When nearly all accounts hold it, one pass over all beats gathering.
      if (accounts.length > 0.9 * book.accountCount) {
        if (asked.worst) runWorst();
        if (asked.shortfall) runShortfall();
        return accounts;
      }
      for (let from = 0; from < accounts.length;) from = remarginSome(accounts, from);
      return accounts;
    },
    applyFill(account, instrument, lots) {
      requireOrder(account, instrument, lots);
      if (lots === 0) return;
      positions.add(account, instrument, lots);
      guard.noteAccount(account);
      addHolder(holders, groups[instrument] ?? 0, account);
      if (keepVectors) vectorFresh[account] = 0;
      remarginSome(Uint32Array.of(account), 0);
    },
    scenarios(account) {
      requireAccount(account);
      const vector = vectorOf(account) / 8;
      const sums = new Float64Array(scenarioCount);
      for (const { firstScenario, firstTile, scenarioCount: count } of [
        layout.distribution,
        layout.competing,
      ]) {
        const from = vector + firstTile * tileScenarios;
        sums.set(doubles.subarray(from, from + count), firstScenario);
      }
      return sums;
    },
    threads: {
      memory,
      layout,
      tail,
      worstResults() {
        asked.worst = true;
        return worst;
      },
      shortfallResults() {
        asked.shortfall = true;
        foldTails();
        return shortfall;
      },
    },
  };
}

function mostPositions({ starts, accountCount }: LotBook): number {
  let most = 0;
  for (let a = 0; a < accountCount; a++) most = Math.max(most, (starts[a + 1] ?? 0) - (starts[a] ?? 0));
  return most;
}

/** Copies row `from` of `pnlUnits` into row `to` of both forms of the matrix. */
function writeRow(
  pnlUnits: Float64Array,
  from: number,
  to: number,
  layout: RemarginLayout,
  doubles: Float64Array,
): void {
  const { scenarioCount, instrumentCount, tileCount, distribution, competing } = layout;
  const row = (layout.rows + to * layout.rowBytes) / 8;
  for (const range of [distribution, competing]) {
    const first = from * scenarioCount + range.firstScenario;
    const source = pnlUnits.subarray(first, first + range.scenarioCount);
    const start = row + range.firstTile * tileScenarios;
    doubles.set(source, start);
    const last = source[range.scenarioCount - 1] ?? 0;
    doubles.fill(last, start + range.scenarioCount, start + range.tileCount * tileScenarios);
  }
  for (let t = 0; t < tileCount; t++) {
    const at = layout.tiles / 8 + (t * instrumentCount + to) * tileScenarios;
    doubles.copyWithin(at, row + t * tileScenarios, row + (t + 1) * tileScenarios);
  }
}

function requireHasTail({ mass }: Tail): void {
  if (mass >= 1) return;
  throw new PlimsollError("PLM_USAGE", {
    field: "tail",
    value: undefined,
    limit: "given when the expected shortfall is asked for",
    remedy: "Pass options.tail.",
  });
}

const unknownIndex = (field: string, value: number, count: number): PlimsollError =>
  new PlimsollError("PLM_UNKNOWN", {
    field,
    value,
    limit: `an index from 0 to ${count - 1}`,
    remedy: `Give the ${field}'s position in the book.`,
  });
