// What scripts/equal-bits.mjs runs on every engine: one digest per group of results, printed as JSON. Any changed bit of any result
// changes its digest. Arguments: `--quick` for smaller inputs.
import { createHash, type Hash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { parseMarket } from "../src/market/market-document.ts";
import { parsePortfolio } from "../src/market/portfolio-document.ts";
import { syntheticHistory } from "../src/market/synthetic-history.ts";
import { exp } from "../src/numerics/exp-log.ts";
import { randomStream } from "../src/numerics/random.ts";
import { type KernelImplementation } from "../src/numerics/wasm/remargin-kernel.ts";
import { black76Batch } from "../src/pricing/black76-batch.ts";
import { fitSurfaceToQuotes } from "../src/pricing/fit-surface.ts";
import { type OptionQuote } from "../src/pricing/fit-surface-quotes.ts";
import { scenarioPricer } from "../src/pricing/scenario-prices.ts";
import {
  crossMargin,
  isolatedMargin,
  type LotBook,
  type LotMatrix,
  parseMarginParameters,
  portfolioMargin,
  quantiseMatrix,
  type Remargin,
  remargin,
} from "../src/risk/index.ts";
import { venueModels } from "../src/risk/venues/index.ts";
import { threadedRemargin } from "../src/service/remargin/index.ts";
import { digests as scalarDigests } from "../test/accuracy/digest.ts";

// Node 20, older than this project supports but compared all the same, lacks this one function that models call.
function groupBy<K, T>(items: Iterable<T>, keyOf: (item: T, index: number) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
if (!Object.hasOwn(Map, "groupBy")) Object.defineProperty(Map, "groupBy", { value: groupBy });

const quick = process.argv.includes("--quick");
const root = process.argv.find((argument) => argument.startsWith("--root="))?.slice(7) ?? ".";
const implementations: readonly KernelImplementation[] = ["wasm", "typescript"];

function digest(fold: (hash: Hash) => void): string {
  const hash = createHash("sha256");
  fold(hash);
  return hash.digest("hex").slice(0, 16);
}

const addDoubles = (hash: Hash, values: Float64Array): void => {
  const copy = values.slice();
  // every NaN counts as one, though there should be none: engines may choose its payload
  for (let i = 0; i < copy.length; i++) if (Number.isNaN(copy[i])) copy[i] = NaN;
  hash.update(new Uint8Array(copy.buffer));
};

function batchDigest(implementation: KernelImplementation): string {
  const count = quick ? 4096 : 50_000;
  const random = randomStream(1);
  const batch = black76Batch(count, implementation);
  for (let i = 0; i < count; i++) {
    const forward = exp(20 * random.nextFloat() - 8);
    const years = exp(18 * random.nextFloat() - 17);
    const vol = exp(5 * random.nextFloat() - 3);
    batch.signs[i] = random.nextBelow(2) * 2 - 1;
    batch.forwards[i] = forward;
    batch.strikes[i] = forward * exp(vol * Math.sqrt(years) * (20 * random.nextFloat() - 10));
    batch.vols[i] = vol;
    batch.expiryYears[i] = years;
  }
  return digest((hash) => {
    addDoubles(hash, batch.prices(count));
    for (const values of Object.values(batch.greeks(count))) addDoubles(hash, values);
  });
}

/** A matrix of option profits in scenarios, and a book of accounts that hold them. */
function bookInScenarios(implementation: KernelImplementation): { book: LotBook; matrix: LotMatrix } {
  const scenarioCount = 250;
  const strikeCount = 50;
  const accountCount = quick ? 500 : 5000;
  const random = randomStream(2);
  const shocks = {
    forwardRatios: Array.from({ length: scenarioCount }, () => exp(random.nextNormal() * 0.1)),
    volRatios: Array.from({ length: scenarioCount }, () => exp(random.nextNormal() * 0.2)),
  };
  const strikes = Array.from({ length: strikeCount }, (_, i) => {
    return {
      forward: 80_000,
      strike: 40_000 + 2000 * i,
      totalVol: 0.05 + 0.3 * random.nextFloat(),
      shocks: 0,
    };
  });
  const { calls, puts, stride } = scenarioPricer([shocks], strikeCount, implementation).price(strikes);
  const pnlUsd = new Float64Array(2 * strikeCount * scenarioCount);
  for (let i = 0; i < 2 * strikeCount; i++) {
    const [prices, row] = i < strikeCount ? [calls, i] : [puts, i - strikeCount];
    for (let s = 0; s < scenarioCount; s++) {
      pnlUsd[i * scenarioCount + s] = (prices[row * stride + s] ?? NaN) - (prices[row * stride] ?? NaN);
    }
  }
  const matrix = quantiseMatrix(
    { instrumentCount: 2 * strikeCount, scenarioCount, pnlUsd },
    { lotContracts: 0.001 },
  );
  const starts = Uint32Array.from({ length: accountCount + 1 }, (_, a) => a * 10);
  return {
    matrix,
    book: {
      accountCount,
      starts,
      instruments: Uint32Array.from({ length: accountCount * 10 }, () => random.nextBelow(2 * strikeCount)),
      lots: Float64Array.from({ length: accountCount * 10 }, () => random.nextBelow(20_001) - 10_000),
    },
  };
}

function addRemargin(hash: Hash, engine: Remargin, matrix: LotMatrix): void {
  addDoubles(hash, matrix.pnlUnits);
  addDoubles(hash, engine.worst());
  addDoubles(hash, engine.expectedShortfall());
  for (let a = 0; a < engine.accountCount; a += 7) {
    const { worstUnits, shortfallUnits = NaN } = engine.checkOrder(a, a % matrix.instrumentCount, a - 100);
    addDoubles(hash, Float64Array.of(worstUnits, shortfallUnits));
  }
  engine.applyTick({ instruments: [3], pnlUnits: matrix.pnlUnits.slice(0, matrix.scenarioCount) });
  addDoubles(hash, engine.worst());
}

async function remarginDigest(implementation: KernelImplementation, threadCount: number): Promise<string> {
  const { book, matrix } = bookInScenarios(implementation);
  const options = { tail: 6.25, implementation };
  const threaded =
    threadCount > 1 ? await threadedRemargin(book, matrix, { ...options, threadCount }) : undefined;
  const result = digest((hash) => addRemargin(hash, threaded ?? remargin(book, matrix, options), matrix));
  await threaded?.close();
  return result;
}

/** Whole margin results, explanation and all, of every model on every example portfolio. */
function marginDigest(): string {
  const read = (path: string): string => readFileSync(`${root}/${path}`, "utf8");
  const market = parseMarket(read("examples/market.json"));
  const history = syntheticHistory({ seed: 1 });
  const parameters = parseMarginParameters(read("params/plimsoll-margin.json"));
  const models = [portfolioMargin(parameters, history), isolatedMargin(), crossMargin(), ...venueModels()];
  const portfolios = readdirSync(`${root}/examples`)
    .filter((name) => name.endsWith(".json") && name !== "market.json")
    .sort()
    .map((name) => parsePortfolio(read(`examples/${name}`)));
  return digest((hash) => {
    for (const portfolio of quick ? portfolios.slice(0, 1) : portfolios) {
      for (const model of models) {
        const result = model.margin(portfolio, market);
        hash.update(
          JSON.stringify(result, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value)),
        );
      }
    }
  });
}

/** Slices fitted to noisy smiles, near and far, with and without bends and repairs. */
function surfaceDigest(): string {
  const random = randomStream(3);
  const asOfMs = 1_767_600_000_000;
  return digest((hash) => {
    for (let chain = 0; chain < (quick ? 4 : 40); chain++) {
      const quotes: OptionQuote[] = [];
      for (const days of [0.4, 2, 9, 40, 200]) {
        const deviation = 0.7 * Math.sqrt(days / 365);
        for (let z = -4; z <= 4; z += 0.4) {
          quotes.push({
            instrument: `${days} ${z}`,
            optionType: z < 0 ? "put" : "call",
            expiryMs: asOfMs + days * 86_400_000,
            timeMs: asOfMs,
            strike: 1000 * exp(z * deviation),
            forward: 1000,
            impliedVol: 0.7 + 0.04 * Math.min(z * z, 6) - 0.05 * z + 0.03 * random.nextNormal() * (chain % 3),
          });
        }
      }
      const fitted = fitSurfaceToQuotes({ underlying: "X", asOfMs, quotes });
      hash.update(JSON.stringify([fitted?.surface.slices, fitted?.expiries, fitted?.findings]));
    }
  });
}

const digests: Record<string, string> = {};
for (const [name, value] of Object.entries(scalarDigests(quick ? 500 : 4000))) digests[name] = value;
for (const implementation of implementations) {
  digests[`black76 batch, ${implementation}`] = batchDigest(implementation);
  digests[`scenarios and re-margin, ${implementation}`] = await remarginDigest(implementation, 1);
}
digests["scenarios and re-margin, two threads"] = await remarginDigest("wasm", 2);
digests["fitted surfaces"] = surfaceDigest();
digests["margin results of the examples"] = marginDigest();
console.log(JSON.stringify({ engine: `Node ${process.versions.node} ${process.arch}`, digests }));
