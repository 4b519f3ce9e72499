import { remargin } from "../src/risk/remargin/index.ts";
import { type Contestant, interleave, printRatio, printTimings, ratioOf, timed } from "./measure.ts";
import { nativeResults, requireEqual, startNatives } from "./remargin.ts";
import { nativeBook, syntheticBook, syntheticOrders, wholeBook } from "./synthetic-book.ts";

const seed = 20_260_702;
const orderCount = 100_000;

/** One order's margin check on a random account of 20 positions, scenario sums kept. */
export async function benchOrder(rounds: number): Promise<void> {
  console.log(
    `\nOrder check: ${orderCount} orders, each on a random account of ${wholeBook.accountCount}, ${wholeBook.scenarioCount} scenarios, seed ${seed}`,
  );
  const synthetic = syntheticBook(wholeBook, seed);
  const orders = syntheticOrders(wholeBook, orderCount, seed + 1);
  const natives = startNatives(nativeBook(synthetic, 6, orders));
  const engines = (["wasm", "typescript"] as const).map((implementation) => ({
    implementation,
    engine: remargin(synthetic.book, synthetic.matrix, { tail: 6.4, keepVectors: true, implementation }),
  }));

  const results = new Float64Array(orderCount);
  const check = (ask: (account: number, instrument: number, lots: number) => number): void => {
    for (let o = 0; o < orderCount; o++) {
      results[o] = ask(orders.accounts[o] ?? 0, orders.instruments[o] ?? 0, orders.lots[o] ?? 0);
    }
  };
  const contestants: Contestant[] = [];
  let expected: Float64Array | undefined;
  for (const { implementation, engine } of engines) {
    check(engine.checkOrderWorst);
    expected ??= results.slice();
    requireEqual(implementation, results, expected);
    const name = implementation === "wasm" ? "ours" : "ours without WebAssembly";
    contestants.push({ name, run: () => timed(() => check(engine.checkOrderWorst)) });
    if (implementation === "wasm") {
      contestants.push({
        name: "ours, with the shortfall",
        run: () => timed(() => check((...order) => engine.checkOrder(...order).shortfallUnits ?? NaN)),
      });
    }
  }
  for (const { name, native } of natives) {
    await native.run("order");
    const nativeOrders = (await nativeResults(native, wholeBook.accountCount, orderCount))[3];
    requireEqual(name, nativeOrders ?? results, expected ?? results);
    contestants.push({ name, run: () => native.run("order") });
  }
  console.log(`  answers: all ${natives.length + engines.length} agree on ${orderCount} orders, bit for bit`);
  const timings = await interleave(contestants, rounds);
  printTimings(timings.values(), (ms) => `${((ms * 1e6) / orderCount).toFixed(0)} ns/order`);
  const { byMedian, byBest } = ratioOf(timings, ["gcc AVX2+FMA", "clang AVX2+FMA"], "ours");
  printRatio("ours ÷ best native AVX2", { byMedian: 1 / byMedian, byBest: 1 / byBest }, { atMost: 3 });
  for (const { native } of natives) native.close();
}
