import assert from "node:assert/strict";
import { test } from "node:test";
import { type Market, type Portfolio, syntheticMarket } from "../../market/index.ts";
import { decimalToNumber } from "../../quantity/index.ts";
import { accountValue, bookGreeks } from "../../risk/index.ts";
import { optionBooks, optionChainsOf } from "./option-books.ts";

const asOfMs = Date.UTC(2026, 0, 15, 8, 30);
const market: Market = syntheticMarket({ seed: 5, asOfMs, size: "full" });
const chains = optionChainsOf(market);
const library = optionBooks("options");

const built = (name: string): Portfolio => {
  const portfolio = library.find((book) => book.name === name)?.build(chains)?.portfolio;
  assert.ok(portfolio, name);
  return portfolio;
};
const sizesOf = ({ positions }: Portfolio): number[] => positions.map(({ size }) => decimalToNumber(size));

test("every book of the library can be built from a full chain, under a name of its own", () => {
  assert.equal(new Set(library.map(({ name }) => name)).size, library.length);
  assert.ok(new Set(library.map(({ type }) => type)).size >= 40);
  for (const book of library) assert.ok(book.build(chains), book.name);
});

test("a book names its contracts by days and delta", () => {
  const [position] = built("short put, 25 delta, 30 d, BTC").positions;
  const option = market.instruments.get(position?.instrument ?? "");
  assert.ok(option?.kind === "option" && option.optionType === "put" && option.settlement === "inverse");
  const chain = chains.get("BTC")!;
  assert.equal(option.expiryMs, chain.expiry(30));
  const deltas = chain.options
    .filter((listed) => listed.option.expiryMs === option.expiryMs && listed.option.optionType === "put")
    .map(({ delta }) => Math.abs(Math.abs(delta) - 0.25));
  assert.equal(Math.abs(Math.abs(chain.deltaOf(option)) - 0.25), Math.min(...deltas));
});

test("hedged books have no delta left, coin by coin", () => {
  for (const book of library.filter(({ type }) => type.includes("delta hedged"))) {
    const { portfolio } = book.build(chains)!;
    for (const { underlying, total } of bookGreeks({ ...portfolio, balances: [] }, market)) {
      assert.ok(
        Math.abs(total.deltaUnits) < 1e-4 * book.size,
        `${book.name}: ${underlying} ${total.deltaUnits}`,
      );
    }
  }
});

test("a box and a conversion do not move with spot", () => {
  for (const name of ["box, long, 30 d, BTC", "conversion, 30 d, BTC"]) {
    const [{ total } = { total: undefined }] = bookGreeks({ ...built(name), balances: [] }, market);
    assert.ok(Math.abs(total?.gammaUnitsPerPercent ?? 1) < 1e-5, name);
    assert.ok(Math.abs(total?.vegaUsdPerPoint ?? 1) < 0.5, name);
  }
});

test("twenty units are twenty times one", () => {
  const [one, twenty] = [built("iron condor, short, 7 d, ETH"), built("iron condor, short, 7 d, ETH × 20")];
  assert.deepEqual(
    sizesOf(twenty),
    sizesOf(one).map((size) => 20 * size),
  );
  const worth = (portfolio: Portfolio): number => accountValue(portfolio, market).equityUsd;
  assert.ok(Math.abs(worth(twenty) - 20 * worth(one)) < 1e-3);
});

test("inventories hold 20 to 50 options and are drawn anew at every instant", () => {
  const inventory = built("inventory, BTC");
  assert.ok(inventory.positions.length >= 20 && inventory.positions.length <= 50);
  assert.ok(sizesOf(inventory).some((size) => size < 0) && sizesOf(inventory).some((size) => size > 0));
  const later = optionChainsOf(syntheticMarket({ seed: 5, asOfMs: asOfMs + 86_400_000, size: "full" }));
  const redrawn = library.find(({ name }) => name === "inventory, BTC")!.build(later)!.portfolio;
  assert.notDeepEqual(sizesOf(redrawn), sizesOf(inventory));
  assert.deepEqual(built("inventory, BTC"), inventory);
});

test("a market without the contracts has no book", () => {
  const instruments = new Map([...market.instruments].filter(([, { kind }]) => kind !== "option"));
  const bare = optionChainsOf({ ...market, instruments });
  for (const book of library) assert.equal(book.build(bare), undefined);
  const oneCoin = new Map([...chains].filter(([symbol]) => symbol === "BTC"));
  assert.equal(library.find(({ asset }) => asset === "ETH")?.build(oneCoin), undefined);
});
