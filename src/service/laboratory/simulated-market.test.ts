import assert from "node:assert/strict";
import { test } from "node:test";
import { type Option } from "../../market/index.ts";
import { log } from "../../numerics/index.ts";
import { optionBooks, optionChainsOf } from "./option-books.ts";
import { simulatedMarket } from "./simulated-market.ts";

const asOfMs = Date.UTC(2023, 4, 10);
const state = {
  level: log(0.6),
  shape: [0.2, 0.08, -0.04, -0.08, -0.3, -0.25, -0.2, log(0.9), log(0.8), log(0.7), 0.04, 0.06],
};
const coins = [
  { symbol: "BTC", spotUsd: 27_600, state },
  { symbol: "ETH", spotUsd: 1_850, state: { ...state, level: log(0.7) } },
];
const market = simulatedMarket({ asOfMs, coins });

test("calls and puts of a strike differ by forward less strike", () => {
  let pairs = 0;
  for (const option of market.instruments.values()) {
    if (option.kind !== "option" || option.optionType !== "call") continue;
    const [call, put] = [market.quotes.get(option.id), market.quotes.get(option.id.replace(/C$/, "P"))];
    assert.ok(call?.forward !== undefined && put);
    assert.ok(Math.abs((call.mark - put.mark) * call.forward - (call.forward - option.strike)) < 1e-6);
    pairs += 1;
  }
  assert.ok(pairs > 200);
});

test("it lists whatever the library of books needs, and says that it is simulated", () => {
  const chains = optionChainsOf(market);
  for (const book of optionBooks("simulated-options")) assert.ok(book.build(chains), book.name);
  assert.equal(market.synthetic, true);
  for (const { surface } of market.underlyings.values()) assert.ok(surface);
});

test("strikes are round and lie on both sides of the forward", () => {
  const options = [...market.instruments.values()].filter(
    (instrument): instrument is Option => instrument.kind === "option" && instrument.underlying === "BTC",
  );
  for (const { strike } of options) assert.equal(strike % 100, 0);
  const first = options.filter(({ expiryMs }) => expiryMs === options[0]!.expiryMs);
  assert.ok(first.some(({ strike }) => strike < 27_000) && first.some(({ strike }) => strike > 28_200));
});

test("held options have one price at an instant, listed or not", () => {
  const held = [...market.instruments.values()]
    .filter((instrument) => instrument.kind === "option")
    .filter((_, at) => at % 40 === 0);
  const alone = simulatedMarket({ asOfMs, coins, held, listed: false });
  for (const { id } of held) assert.equal(alone.quotes.get(id)?.mark, market.quotes.get(id)?.mark);
  assert.ok(alone.quotes.has("BTC-PERPETUAL") && alone.quotes.has("ETH-PERPETUAL"));
  const later = simulatedMarket({ asOfMs: asOfMs + 2 * 86_400_000, coins, held, listed: false });
  for (const { id, expiryMs } of held) assert.equal(later.quotes.has(id), expiryMs > later.asOfMs);
  const none = simulatedMarket({ asOfMs, coins, listed: false });
  assert.ok(none.quotes.has("BTC-PERPETUAL") && none.quotes.has("ETH-PERPETUAL"));
});
