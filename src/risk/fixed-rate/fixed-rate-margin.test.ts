import assert from "node:assert/strict";
import { test } from "node:test";
import { type Market, type Portfolio, syntheticMarket } from "../../market/index.ts";
import { parseDecimal } from "../../quantity/index.ts";
import { crossMargin, isolatedMargin, tieredRequirement } from "./index.ts";

const market: Market = syntheticMarket({ seed: 1, asOfMs: Date.UTC(2026, 0, 1), size: "small" });

function book(
  balances: Record<string, string>,
  positions: Record<string, string | [string, number]>,
): Portfolio {
  return {
    name: "test",
    balances: Object.entries(balances).map(([asset, amount]) => ({ asset, amount: parseDecimal(amount) })),
    positions: Object.entries(positions).map(([instrument, value]) =>
      typeof value === "string"
        ? { instrument, size: parseDecimal(value) }
        : { instrument, size: parseDecimal(value[0]), entryPrice: value[1] },
    ),
    orders: [],
  };
}

const index = market.underlyings.get("BTC")!.indexUsd;
const perpetual = "BTC_USDC-PERPETUAL";
const near = (got: number, expected: number): void =>
  assert.ok(Math.abs(got - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${got} ≠ ${expected}`);

test("tiers are marginal", () => {
  const tiers = [
    [10, 0.01],
    [20, 0.02],
    [Infinity, 0.03],
  ] as const;
  for (const [amount, expected] of [
    [0, 0],
    [5, 0.05],
    [10, 0.1],
    [15, 0.2],
    [25, 0.45],
  ] as const) {
    near(tieredRequirement(tiers, amount), expected);
  }
});

test("a perpetual requires 5 % to open and half to keep, long or short", () => {
  for (const size of ["2", "-2"]) {
    const result = crossMargin().margin(book({ USD: "100000" }, { [perpetual]: size }), market);
    near(result.initialMargin, 0.05 * 2 * index);
    near(result.maintenanceMargin, 0.025 * 2 * index);
  }
});

test("isolated locks a position's profit, cross shares it", () => {
  const mark = market.quotes.get(perpetual)!.mark;
  const winner = book({ USD: "100000" }, { [perpetual]: ["1", mark - 1000] });
  const isolated = isolatedMargin().margin(winner, market);
  const cross = crossMargin().margin(winner, market);
  near(isolated.initialMargin - cross.initialMargin, 1000 * market.assets.get("USDC")!.priceUsd);
  assert.equal(isolated.equity, cross.equity);
});

test("cash raises the excess one for one, to the micro-dollar", () => {
  for (const model of [isolatedMargin(), crossMargin()]) {
    const poor = model.margin(book({ USD: "0", ETH: "3" }, { [perpetual]: "0.123" }), market);
    const rich = model.margin(book({ USD: "1234.567891", ETH: "3" }, { [perpetual]: "0.123" }), market);
    assert.equal(rich.initialExcess - poor.initialExcess, 1_234_567_891n);
    assert.equal(rich.maintenanceExcess - poor.maintenanceExcess, 1_234_567_891n);
  }
});

const calls = [...market.instruments.values()].flatMap((instrument) =>
  instrument.kind === "option" && instrument.optionType === "call" && instrument.underlying === "BTC"
    ? [instrument]
    : [],
);
const expiryMs = calls[0]!.expiryMs;
const ladder = calls
  .filter((call) => call.expiryMs === expiryMs && call.settlement === "inverse")
  .sort((a, b) => a.strike - b.strike);
const low = ladder[Math.floor(ladder.length / 2)]!;
const high = ladder[Math.floor(ladder.length / 2) + 1]!;

test("a long option requires its value and no more; a credit spread at most its width", () => {
  const long = crossMargin().margin(book({ USD: "0" }, { [low.id]: "1" }), market);
  near(long.initialMargin, long.equity);
  const spread = crossMargin().margin(book({ USD: "50000" }, { [low.id]: "-1", [high.id]: "1" }), market);
  // Requirement and the premium owed in equity together are the width.
  near(spread.initialMargin + (50_000 - spread.equity), high.strike - low.strike);
  const alone = isolatedMargin().margin(book({ USD: "50000" }, { [low.id]: "-1", [high.id]: "1" }), market);
  assert.ok(alone.initialMargin > spread.initialMargin);
});

test("maintenance never exceeds initial, and both cover debts and haircuts", () => {
  const mixed = book(
    { USD: "1000", ETH: "-2", stETH: "5", USDC: "100" },
    { [perpetual]: "-1", [low.id]: "-3", [high.id]: "2" },
  );
  for (const model of [isolatedMargin(), crossMargin()]) {
    const result = model.margin(mixed, market);
    assert.ok(result.maintenanceMargin <= result.initialMargin);
    const collateral = result.components.find(({ id }) => id === "collateral")!;
    const eth = market.assets.get("ETH")!.priceUsd;
    near(collateral.children!.find(({ id }) => id === "ETH")!.initial, 0.1 * 2 * eth);
    let sum = 0;
    for (const component of result.components) sum += component.initial;
    near(sum, result.initialMargin);
  }
});

test("open orders: the worse side if filled, and the loss at once; to open, not to keep", () => {
  const mark = market.quotes.get(perpetual)!.mark;
  const usdc = market.assets.get("USDC")!.priceUsd;
  const order = (size: string, price: number) => ({ instrument: perpetual, size: parseDecimal(size), price });
  const held = book({ USD: "100000" }, { [perpetual]: "2" });
  const rows = [
    [[], 0],
    [[order("1", mark)], 0.05 * index],
    [[order("1", mark), order("3", mark - 5)], 0.05 * 4 * index],
    // All offers: from long 2 to short 3, one contract more at risk than now.
    [[order("-5", mark)], 0.05 * index],
    [[order("1", mark), order("-5", mark)], 0.05 * index],
    [[order("-2", mark)], 0],
    [[order("-1", mark - 100)], 100 * usdc],
    [[order("1", mark + 100)], 0.05 * index + 100 * usdc],
  ] as const;
  for (const model of [crossMargin(), isolatedMargin()]) {
    const before = model.margin(held, market);
    for (const [orders, more] of rows) {
      const result = model.margin({ ...held, orders }, market);
      near(result.initialMargin - before.initialMargin, more);
      assert.equal(result.maintenanceMargin, before.maintenanceMargin);
    }
  }
});

test("an order for an inverse contract or an option loses in coin what it pays above the mark", () => {
  const option = [...market.instruments.values()].find(
    ({ kind, underlying, settlement }) =>
      kind === "option" && underlying === "BTC" && settlement === "inverse",
  )!;
  const mark = market.quotes.get(option.id)!.mark;
  const buy = { instrument: option.id, size: parseDecimal("3"), price: mark + 0.01 };
  const result = crossMargin().margin({ ...book({}, {}), orders: [buy] }, market);
  near(result.initialMargin, 3 * option.contractSize * (mark + 0.01) * index);
  const inverse = market.instruments.get("BTC-PERPETUAL")!;
  const at = market.quotes.get(inverse.id)!.mark;
  const sell = { instrument: inverse.id, size: parseDecimal("-10"), price: at / 2 };
  const short = crossMargin().margin({ ...book({}, {}), orders: [sell] }, market);
  near(short.initialMargin, 0.05 * 10 * inverse.contractSize + 10 * inverse.contractSize * (1 / at) * index);
});

test("options that pay in different currencies do not cap each other", () => {
  const inverse = [...market.instruments.values()].find(
    ({ kind, underlying, settlement }) =>
      kind === "option" && underlying === "BTC" && settlement === "inverse",
  )!;
  const linear = { ...inverse, id: "linear", settlement: "linear" as const, quoteAsset: "USDC" };
  const quote = market.quotes.get(inverse.id)!;
  const both: Market = {
    ...market,
    instruments: new Map([...market.instruments, ["linear", linear]]),
    quotes: new Map([
      ...market.quotes,
      ["linear", { ...quote, instrument: "linear", mark: quote.mark * index }],
    ]),
  };
  const requirement = (positions: Record<string, string>): number =>
    crossMargin()
      .margin(book({}, positions), both)
      .components.find(({ id }) => id === "options")!.initial;
  near(
    requirement({ [inverse.id]: "-1", linear: "1" }),
    requirement({ [inverse.id]: "-1" }) + requirement({ linear: "1" }),
  );
});
