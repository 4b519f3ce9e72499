import assert from "node:assert/strict";
import { test } from "node:test";
import { type Market, type Portfolio, syntheticMarket } from "../../market/index.ts";
import { parseDecimal } from "../../quantity/index.ts";
import { crossMargin } from "../fixed-rate/index.ts";
import { liquidationDistance, liquidationDistances } from "./liquidation-price.ts";
import { shockMarket } from "./shock-market.ts";

const market: Market = syntheticMarket({ seed: 1, asOfMs: Date.UTC(2026, 0, 1), size: "small" });
const index = market.underlyings.get("BTC")!.indexUsd;
const perpetual = "BTC_USDC-PERPETUAL";

function book(balances: Record<string, string>, positions: Record<string, string>): Portfolio {
  return {
    name: "test",
    balances: Object.entries(balances).map(([asset, amount]) => ({ asset, amount: parseDecimal(amount) })),
    positions: Object.entries(positions).map(([instrument, size]) => ({
      instrument,
      size: parseDecimal(size),
    })),
    orders: [],
  };
}

/** Marked at entry, so that the profit of a later price is the move. */
function entered(portfolio: Portfolio): Portfolio {
  return {
    ...portfolio,
    positions: portfolio.positions.map((position) => ({
      ...position,
      entryPrice: market.quotes.get(position.instrument)!.mark,
    })),
  };
}

test("a lone perpetual liquidates where the closed formula says", () => {
  const cash = 10_000;
  const portfolio = entered(book({ USD: `${cash}` }, { [perpetual]: "1" }));
  const usdc = market.assets.get("USDC")!.priceUsd;
  const mark = market.quotes.get(perpetual)!.mark;
  const { down, up } = liquidationDistance(crossMargin(), portfolio, market, {
    kind: "spot",
    underlying: "BTC",
  });
  // The loss is a debt in USDC, charged 2 %: cash + 1.02·mark·m·usdc = 2.5 % · index·(1 + m).
  const move = (0.025 * index - cash) / (1.02 * mark * usdc - 0.025 * index);
  assert.ok(Math.abs(down.move! - move) < 1e-9, `${down.move} ≠ ${move}`);
  assert.ok(Math.abs(down.priceUsd! - index * (1 + move)) < 1e-4);
  assert.equal(up.move, undefined);
});

test("a position without an entry price is entered at today's mark", () => {
  const portfolio = book({ USD: "10000" }, { [perpetual]: "1" });
  assert.deepEqual(
    liquidationDistance(crossMargin(), portfolio, market, { kind: "spot", underlying: "BTC" }),
    liquidationDistance(crossMargin(), entered(portfolio), market, { kind: "spot", underlying: "BTC" }),
  );
});

test("a breach is narrowed down in few margins of the whole book", () => {
  let calls = 0;
  const model = crossMargin();
  const counting = {
    ...model,
    margin: (...args: Parameters<typeof model.margin>) => ((calls += 1), model.margin(...args)),
  };
  const portfolio = entered(book({ USD: "10000" }, { [perpetual]: "1" }));
  const steps = 16;
  const spot = { kind: "spot", underlying: "BTC" } as const;
  assert.ok(liquidationDistance(counting, portfolio, market, spot, { steps }).down.move !== undefined);
  assert.ok(calls <= 2 * steps + 15, `${calls} margins`);
});

test("the rest of the book counts: a hedge in coin moves the price away", () => {
  const naked = entered(book({ USD: "10000" }, { [perpetual]: "-1" }));
  const hedged = entered(book({ USD: "10000", BTC: "0.5" }, { [perpetual]: "-1" }));
  const a = liquidationDistance(crossMargin(), naked, market, { kind: "spot", underlying: "BTC" });
  const b = liquidationDistance(crossMargin(), hedged, market, { kind: "spot", underlying: "BTC" });
  assert.ok(b.up.move! > a.up.move! * 1.5);
});

test("both sides of a breach are re-margined: safe just before, breached at the point found", () => {
  const option = [...market.instruments.values()].find(
    ({ kind, underlying }) => kind === "option" && underlying === "BTC",
  )!;
  const portfolio = entered(
    book(
      { USD: "9000", ETH: "4", stETH: "2", USDC: "-3000" },
      { [perpetual]: "0.8", "BTC-30JAN26": "-1000", [option.id]: "-0.7" },
    ),
  );
  const model = crossMargin();
  const distances = liquidationDistances(model, portfolio, market);
  assert.deepEqual(
    distances.map(({ factor }) => factor),
    [
      { kind: "spot", underlying: "BTC" },
      { kind: "spot", underlying: "ETH" },
      { kind: "vol", underlying: "BTC" },
      { kind: "peg", asset: "USDC" },
      { kind: "peg", asset: "stETH" },
    ],
  );
  let breaches = 0;
  for (const { factor, down, up } of distances) {
    for (const { move } of [down, up]) {
      if (move === undefined) continue;
      const at = (size: number): bigint => {
        const shock =
          factor.kind === "spot"
            ? { underlying: factor.underlying, spotMove: size }
            : factor.kind === "vol"
              ? { underlying: factor.underlying, volMove: size }
              : { asset: factor.asset, assetMove: size };
        return model.margin(portfolio, shockMarket(market, shock)).maintenanceExcess;
      };
      assert.ok(at(move) < 0n);
      assert.ok(at(move * (1 - 1e-9)) >= 0n);
      breaches += 1;
    }
  }
  assert.ok(breaches >= 3, `only ${breaches} breaches`);
});

test("a book already in breach says so; a book of cash has nothing to fear", () => {
  const breached = liquidationDistance(crossMargin(), book({ USD: "1" }, { [perpetual]: "1" }), market, {
    kind: "spot",
    underlying: "BTC",
  });
  assert.equal(breached.liquidatable, true);
  assert.deepEqual(liquidationDistances(crossMargin(), book({ USD: "1" }, {}), market), []);
});

test("no shock changes nothing; a shock moves index, marks, forwards and followers together", () => {
  const same = shockMarket(market, { underlying: "ETH", spotMove: 0 });
  for (const [id, quote] of market.quotes) assert.equal(same.quotes.get(id)!.mark, quote.mark, id);
  const moved = shockMarket(market, { underlying: "ETH", spotMove: -0.1 });
  const ratio = (a: number, b: number): void => assert.ok(Math.abs(a / b - 0.9) < 1e-12);
  ratio(moved.assets.get("stETH")!.priceUsd, market.assets.get("stETH")!.priceUsd);
  ratio(moved.underlyings.get("ETH")!.indexUsd, market.underlyings.get("ETH")!.indexUsd);
  assert.equal(moved.assets.get("BTC")!.priceUsd, market.assets.get("BTC")!.priceUsd);
  for (const [id, instrument] of market.instruments) {
    if (instrument.underlying !== "ETH" || instrument.kind !== "option") continue;
    const before = market.quotes.get(id)!.mark;
    const after = moved.quotes.get(id)!.mark;
    if (instrument.optionType === "call") assert.ok(after <= before, id);
    else assert.ok(after >= before, id);
  }
});
