import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { type Market, type Option, type Portfolio, syntheticMarket } from "../../../market/index.ts";
import { PlimsollError, parseDecimal } from "../../../quantity/index.ts";
import { type MarginComponent, type MarginModel, type MarginResult } from "../../margin-model.ts";
import {
  derivePm1Model,
  derivePm1Sheet,
  derivePm2Model,
  derivePm2Sheet,
  deriveStandardModel,
  deriveStandardSheet,
  readDerivePm1Sheet,
  readDerivePm2Sheet,
  readDeriveStandardSheet,
} from "./index.ts";

const market = syntheticMarket({ seed: 7, asOfMs: Date.UTC(2026, 4, 4), size: "small" });
const pm1 = derivePm1Model();
const pm2 = derivePm2Model();
const standard = deriveStandardModel();
const models = [pm1, pm2, standard];

type Amounts = Readonly<Record<string, number | string>>;
const book = (balances: Amounts, positions: Amounts = {}): Portfolio => ({
  name: "test",
  balances: Object.entries(balances).map(([asset, amount]) => ({
    asset,
    amount: parseDecimal(amount),
  })),
  positions: Object.entries(positions).map(([instrument, size]) => ({
    instrument,
    size: parseDecimal(size),
  })),
  orders: [],
});

const options = [...market.instruments.values()].filter((one): one is Option => one.kind === "option");
const btc = market.underlyings.get("BTC")!.indexUsd;
const expiries = [...new Set(options.map(({ expiryMs }) => expiryMs))].sort((a, b) => a - b);

/** The listed option nearest to a moneyness, of the n-th expiry. */
function option(optionType: "call" | "put", moneyness: number, expiry = 2, underlying = "BTC"): Option {
  const index = market.underlyings.get(underlying)!.indexUsd;
  const distance = (one: Option): number => Math.abs(one.strike - index * moneyness);
  const [nearest] = options
    .filter((one) => one.underlying === underlying && one.optionType === optionType)
    .filter(({ expiryMs, settlement }) => expiryMs === expiries[expiry] && settlement === "inverse")
    .sort((a, b) => distance(a) - distance(b));
  assert.ok(nearest);
  return nearest;
}
const id = (...args: Parameters<typeof option>): string => option(...args).id;

const total = (components: readonly MarginComponent[], scale: "initial" | "maintenance"): number =>
  components.filter(({ informative }) => informative !== true).reduce((sum, one) => sum + one[scale], 0);

function assertConsistent(model: MarginModel, result: MarginResult): void {
  // The exact excess rounds collateral down and the requirement up: two micro-dollars.
  const close = (a: number, b: number, what: string): void =>
    assert.ok(Math.abs(a - b) <= 2.5e-6 + 1e-9 * Math.abs(b), `${model.id} ${what}: ${a} and ${b}`);
  close(total(result.components, "initial"), result.initialMargin, "initial components");
  close(total(result.components, "maintenance"), result.maintenanceMargin, "maintenance components");
  close(Number(result.initialExcess) / 1e6, result.equity - result.initialMargin, "initial excess");
  close(
    Number(result.maintenanceExcess) / 1e6,
    result.equity - result.maintenanceMargin,
    "maintenance excess",
  );
  assert.ok(result.initialMargin >= 0 && result.maintenanceMargin >= 0);
  if (result.worst) {
    const sum = result.worst.contributions.reduce((all, { pnlUsd }) => all + pnlUsd, 0);
    close(sum, result.worst.pnlUsd, "contributions");
  }
}

const books: Readonly<Record<string, Portfolio>> = {
  cash: book({ USDC: 10_000 }),
  debt: book({ USDC: -10_000, BTC: 1 }),
  coin: book({ BTC: 1, ETH: 5 }),
  "short call": book({ USDC: 50_000 }, { [id("call", 1.1)]: -1 }),
  "short put": book({ USDC: 50_000 }, { [id("put", 0.9)]: -1 }),
  "long straddle": book({ USDC: 50_000 }, { [id("call", 1)]: 1, [id("put", 1)]: 1 }),
  calendar: book({ USDC: 50_000 }, { [id("call", 1, 1)]: -1, [id("call", 1, 3)]: 1 }),
  "call spread": book({ USDC: 50_000 }, { [id("call", 1)]: 1, [id("call", 1.1)]: -1 }),
  "covered call": book({ BTC: 1 }, { [id("call", 1.1)]: -1 }),
  "coin against perpetual": book({ BTC: 1 }, { "BTC-PERPETUAL": -Math.round(btc / 10) }),
  "two perpetuals": book({ USDC: 50_000 }, { "BTC-PERPETUAL": 5_000, "BTC_USDC-PERPETUAL": -1 }),
  "two underlyings": book({ USDC: 90_000 }, { "BTC_USDC-PERPETUAL": 1, [id("put", 0.9, 2, "ETH")]: -20 }),
  "foreign collateral": book({ USDC: 1_000, ETH: 20, stETH: 3 }, { "BTC_USDC-PERPETUAL": 0.5 }),
};

for (const [name, portfolio] of Object.entries(books)) {
  for (const model of models) {
    test(`${model.id}, ${name}: parts add up to the requirement`, () => {
      const result = model.margin(portfolio, market);
      assert.equal(result.status, "complete");
      assertConsistent(model, result);
      assert.ok(result.maintenanceMargin <= result.initialMargin + 1e-9);
    });
  }
}

test("cash alone needs nothing", () => {
  for (const model of models) {
    const result = model.margin(books["cash"]!, market);
    assert.equal(result.initialMargin, 0);
    assert.equal(result.initialExcess, 10_000_000_000n);
  }
});

test("PM: a linear perpetual loses its largest move and its contingency", () => {
  const mark = market.quotes.get("BTC_USDC-PERPETUAL")!.mark;
  const portfolio = book({ USDC: 50_000 }, { "BTC_USDC-PERPETUAL": 1 });
  const first = pm1.margin(portfolio, market);
  const second = pm2.margin(portfolio, market);
  const near = (got: number, want: number): void => assert.ok(Math.abs(got - want) < 1e-6, `${got}, ${want}`);
  near(first.maintenanceMargin, 0.2 * mark + 0.03 * btc);
  near(first.initialMargin, 1.25 * (0.2 * mark + 0.03 * btc));
  near(second.maintenanceMargin, 0.8 * 0.18 * mark + 0.03 * btc);
  near(second.initialMargin, 0.18 * mark + 0.04 * btc);
  assert.equal(second.worst?.label, "spot -18 %, volatility up");
  near(standard.margin(portfolio, market).initialMargin, 0.1 * mark);
});

test("PM2: coin hedges a perpetual in its own account, at a haircut", () => {
  const hedged = pm2.margin(books["coin against perpetual"]!, market);
  const ids = hedged.components.map(({ id: part }) => part);
  assert.deepEqual(ids, ["worst-scenario", "perpetual-contingency", "collateral-haircut"]);
  const haircut = hedged.components.at(-1)!;
  assert.ok(Math.abs(haircut.initial - 0.03 * btc) < 1e-6);
  assert.ok(hedged.components[0]!.initial < 1e-5 * btc);
  assert.ok(hedged.diagnostics.some(({ id: what }) => what === "translated-contract"));
});

test("standard: a short option by hand", () => {
  const short = option("call", 1.1);
  const result = standard.margin(book({ USDC: 50_000 }, { [short.id]: -1 }), market);
  const otm = Math.max(0, short.strike - btc) / btc;
  const charged = total(
    result.components.filter(({ id: part }) => part !== "valuation"),
    "initial",
  );
  assert.ok(Math.abs(charged - Math.max(0.13, 0.15 - otm) * btc) < 1e-6, String(charged));
});

test("standard: a call spread is bounded by its width, and a long option is no collateral", () => {
  const [low, high] = [option("call", 1), option("call", 1.1)];
  const spread = standard.margin(book({ USDC: 50_000 }, { [low.id]: -1, [high.id]: 1 }), market);
  const part = (result: MarginResult, name: string): number =>
    result.components.find(({ id: which }) => which === name)?.initial ?? 0;
  assert.ok(Math.abs(part(spread, "short-options") - (high.strike - low.strike)) < 1e-6);
  const long = standard.margin(book({ USDC: 50_000 }, { [low.id]: 1 }), market);
  assert.equal(part(long, "short-options"), 0);
  assert.ok(Math.abs(long.initialMargin - (long.equity - 50_000)) < 1e-6);
});

test("a second underlying is a second account that offsets nothing", () => {
  for (const model of [pm1, pm2]) {
    const both = model.margin(
      book({ USDC: 9e4 }, { "BTC_USDC-PERPETUAL": 1, "ETH_USDC-PERPETUAL": -10 }),
      market,
    );
    const one = model.margin(book({ USDC: 9e4 }, { "BTC_USDC-PERPETUAL": 1 }), market);
    const other = model.margin(book({ USDC: 9e4 }, { "ETH_USDC-PERPETUAL": -10 }), market);
    assert.ok(Math.abs(both.initialMargin - one.initialMargin - other.initialMargin) < 1e-6);
    assert.ok(both.diagnostics.some(({ id: what }) => what === "one-account-per-underlying"));
    assert.equal(both.scenarios, undefined);
  }
});

test("what the venue does not margin is unsupported, with the reason", () => {
  const future = [...market.instruments.values()].find(({ kind }) => kind === "future")!;
  const cases: readonly (readonly [MarginModel, Portfolio, RegExp])[] = [
    [pm2, book({ USDC: 1 }, { [future.id]: 1 }), /no dated futures/],
    [pm2, book({ USDC: 1 }, { "SOL_USDC-PERPETUAL": 1 }), /SOL: no portfolio-margin account/],
    [pm1, book({ USDC: 1 }, { "SOL_USDC-PERPETUAL": 1 }), /SOL: no portfolio-margin account/],
    [standard, book({ USDC: 1, BTC: -1 }), /BTC is owed/],
    [pm2, book({ USDC: 1, ETH: -1 }), /ETH is owed/],
  ];
  for (const [model, portfolio, reason] of cases) {
    const result = model.margin(portfolio, market);
    assert.equal(result.status, "unsupported");
    assert.match(result.diagnostics.map(({ message }) => message).join("\n"), reason);
  }
  const sol = standard.margin(book({ USDC: 1_000 }, { "SOL_USDC-PERPETUAL": 1 }), market);
  assert.equal(sol.status, "complete");
  assert.ok(sol.diagnostics.some(({ id: what }) => what === "usual-rates"));
});

test("a fallen settlement asset raises the requirement", () => {
  const assets = new Map(market.assets);
  assets.set("USDC", { ...market.assets.get("USDC")!, priceUsd: 0.9 });
  const fallen: Market = { ...market, assets };
  const portfolio = book({ USDC: 50_000 }, { "BTC_USDC-PERPETUAL": 1 });
  for (const model of models) {
    const before = model.margin(portfolio, market);
    const after = model.margin(portfolio, fallen);
    assertConsistent(model, after);
    assert.ok(after.initialMargin > before.initialMargin, model.id);
  }
});

test("low confidence raises the initial requirement alone", () => {
  const underlyings = new Map(market.underlyings);
  underlyings.set("BTC", { ...market.underlyings.get("BTC")!, confidence: 0.3 });
  const doubted: Market = { ...market, underlyings };
  for (const model of models) {
    for (const name of ["short call", "two perpetuals"]) {
      const before = model.margin(books[name]!, market);
      const after = model.margin(books[name]!, doubted);
      assertConsistent(model, after);
      if (name === "short call") assert.ok(after.initialMargin > before.initialMargin, model.id);
      assert.ok(Math.abs(after.maintenanceMargin - before.maintenanceMargin) < 1e-6);
    }
  }
});

const positions = fc.dictionary(
  fc.constantFrom(
    ...options.map(({ id: one }) => one),
    "BTC-PERPETUAL",
    "ETH-PERPETUAL",
    "BTC_USDC-PERPETUAL",
    "ETH_USDC-PERPETUAL",
  ),
  fc.integer({ min: -50, max: 50 }),
  { maxKeys: 12 },
);

test("any book: finite, in parts that add up, whatever its order; cash adds to the excess one for one", () => {
  fc.assert(
    fc.property(positions, fc.integer({ min: -1e6, max: 1e6 }), fc.nat(20), (held, cash, coins) => {
      const portfolio = book({ USDC: cash, BTC: coins }, held);
      const shuffled = { ...portfolio, positions: portfolio.positions.toReversed() };
      for (const model of models) {
        const result = model.margin(portfolio, market);
        assert.equal(result.status, "complete");
        assertConsistent(model, result);
        const again = model.margin(shuffled, market);
        assert.equal(again.initialExcess, result.initialExcess);
        assert.equal(again.maintenanceExcess, result.maintenanceExcess);
        const richer = model.margin(book({ USDC: cash + 1_000, BTC: coins }, held), market);
        const gain = Number(richer.initialExcess - result.initialExcess);
        assert.ok(Math.abs(gain - 1_000_000_000) <= 4, String(gain));
      }
    }),
    { numRuns: 40 },
  );
});

test("corners: no strike, no volatility, one second, five hundred positions", () => {
  const call = option("call", 1);
  const quote = market.quotes.get(call.id)!;
  const instruments = new Map(market.instruments);
  const quotes = new Map(market.quotes);
  const sizes: Record<string, number> = {};
  for (let n = 0; n < 500; n++) {
    const corner = `corner-${n}`;
    const expiryMs = n % 2 === 0 ? market.asOfMs + 1_000 : call.expiryMs;
    const strike = n % 3 === 0 ? 0 : n % 3 === 1 ? btc * 1e6 : btc;
    instruments.set(corner, { ...call, id: corner, expiryMs, strike, optionType: n % 5 ? "call" : "put" });
    quotes.set(corner, { ...quote, instrument: corner, impliedVol: [0, 1e-9, 0.5, 100][n % 4]! });
    sizes[corner] = n % 7 ? -1 : 10;
  }
  const result = models.map((model) =>
    model.margin(book({ USDC: 1e6 }, sizes), { ...market, instruments, quotes }),
  );
  result.forEach((one, i) => {
    assertConsistent(models[i]!, one);
    assert.ok(Number.isFinite(one.initialMargin) && Number.isFinite(one.maintenanceMargin));
  });
  assert.ok(result[1]!.diagnostics.some(({ id: what }) => what === "account-limit"));
});

const sheets = [
  { file: "derive-pm1", sheet: derivePm1Sheet, read: readDerivePm1Sheet },
  { file: "derive-pm2", sheet: derivePm2Sheet, read: readDerivePm2Sheet },
  { file: "derive-standard", sheet: deriveStandardSheet, read: readDeriveStandardSheet },
] as const;

for (const { file, sheet, read } of sheets) {
  test(`params/venues/${file}.json is the sheet that the model has`, () => {
    const url = new URL(`../../../../params/venues/${file}.json`, import.meta.url);
    const json: unknown = JSON.parse(readFileSync(url, "utf8"));
    assert.deepEqual(json, sheet);
    assert.deepEqual(read(json), sheet);
  });
}

test("a bad sheet is refused by the field", () => {
  const { parameters } = derivePm2Sheet;
  const faults: readonly (readonly [unknown, (json: unknown) => unknown, RegExp])[] = [
    [
      { ...derivePm2Sheet, schema: "plimsoll/derive-pm2-sheet@2" },
      readDerivePm2Sheet,
      /PLM_DOCUMENT_VERSION/,
    ],
    [{ ...derivePm2Sheet, rate: "0" }, readDerivePm2Sheet, /PLM_FIELD: rate/],
    [
      { ...derivePm2Sheet, parameters: { ...parameters, scenarios: [{ spotShock: -1 }] } },
      readDerivePm2Sheet,
      /PLM_FIELD: parameters\.scenarios\[0\]/,
    ],
    [
      { ...derivePm2Sheet, parameters: { ...parameters, margin: { ...parameters.margin, imfactor: 1 } } },
      readDerivePm2Sheet,
      /PLM_FIELD: parameters\.margin\.imfactor/,
    ],
    [
      { ...derivePm2Sheet, collaterals: [{ asset: "BTC" }, { asset: "BTC" }] },
      readDerivePm2Sheet,
      /PLM_DUPLICATE: collaterals\[1\]/,
    ],
    [{ ...derivePm1Sheet, underlyings: [] }, readDerivePm1Sheet, /PLM_FIELD: underlyings/],
    [
      { ...deriveStandardSheet, markets: [{ underlyings: ["BTC"], perp: { mmPerpReq: 0.1 } }] },
      readDeriveStandardSheet,
      /PLM_FIELD: markets\[0\]\.perp\.imPerpReq/,
    ],
  ];
  for (const [json, read, message] of faults) {
    assert.throws(
      () => read(json),
      (error) => error instanceof PlimsollError && message.test(error.message),
    );
  }
});

test("another sheet changes the figures without code", () => {
  const { parameters } = derivePm2Sheet;
  const stricter = derivePm2Model({
    sheet: {
      ...derivePm2Sheet,
      parameters: {
        ...parameters,
        otherContingency: { ...parameters.otherContingency, MMPerpPercent: 0.05 },
      },
    },
  });
  const portfolio = book({ USDC: 50_000 }, { "BTC_USDC-PERPETUAL": 1 });
  const more =
    stricter.margin(portfolio, market).maintenanceMargin - pm2.margin(portfolio, market).maintenanceMargin;
  assert.ok(Math.abs(more - 0.02 * btc) < 1e-6);
});
