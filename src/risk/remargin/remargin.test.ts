import assert from "node:assert/strict";
import { test } from "node:test";
import { type Portfolio } from "../../market/portfolio.ts";
import { parseDecimal } from "../../quantity/decimal.ts";
import { type ErrorCode, PlimsollError } from "../../quantity/error.ts";
import { type LotBook, type LotMatrix, lotBookOf, quantiseMatrix, remargin } from "./index.ts";

const portfolio = (sizes: Record<string, string>, balances: Record<string, string> = {}): Portfolio => ({
  name: "test",
  positions: Object.entries(sizes).map(([instrument, size]) => ({ instrument, size: parseDecimal(size) })),
  balances: Object.entries(balances).map(([asset, amount]) => ({ asset, amount: parseDecimal(amount) })),
  orders: [],
});

const instruments = [
  { id: "BTC-PERPETUAL", lot: parseDecimal("0.001") },
  { id: "ETH-PERPETUAL", lot: parseDecimal("0.01") },
  { id: "ETH", lot: parseDecimal("0.000001") },
];

const throws = (code: ErrorCode, run: () => unknown, field?: RegExp): void => {
  assert.throws(run, (error) => {
    assert.ok(error instanceof PlimsollError, String(error));
    assert.equal(error.code, code);
    if (field) assert.match(error.field, field);
    return true;
  });
};

test("from portfolios to dollars: three accounts, two scenarios", () => {
  const matrix = quantiseMatrix(
    {
      instrumentCount: 3,
      scenarioCount: 2,
      // BTC falls by 10,000 or rises by 5,000; ETH falls by 400 or rises by 300
      pnlUsd: Float64Array.of(-10_000, 5_000, -400, 300, -400, 300),
    },
    { unitUsd: 1e-6, lotContracts: [0.001, 0.01, 0.000001] },
  );
  const book = lotBookOf(
    [
      portfolio({ "BTC-PERPETUAL": "1.5" }),
      // short perpetuals against staked coin as collateral
      portfolio({ "ETH-PERPETUAL": "-10" }, { ETH: "10.000001", USDC: "500" }),
      portfolio({}),
    ],
    instruments,
    { ignoreUnlistedBalances: true },
  );
  const engine = remargin(book, matrix, { tail: 2 });
  assert.deepEqual([...engine.worst()], [-15_000e6, -400, 0]);
  assert.deepEqual([...engine.expectedShortfall()], [-3750e6, -50, 0]);
  assert.deepEqual(engine.checkOrder(2, 1, -100), { worstUnits: -300e6, shortfallUnits: 50e6 });
});

test("quantising rounds to nearest, and never to −0", () => {
  const { pnlUnits } = quantiseMatrix(
    { instrumentCount: 1, scenarioCount: 4, pnlUsd: Float64Array.of(-0.4e-6, 0.5e-6, -1.5e-6, 2e-6) },
    { unitUsd: 1e-6 },
  );
  assert.ok(
    [...pnlUnits].every((units, i) => Object.is(units, [0, 1, -1, 2][i])),
    String(pnlUnits),
  );
});

const tinyBook: LotBook = {
  accountCount: 1,
  starts: Uint32Array.of(0, 1),
  instruments: Uint32Array.of(0),
  lots: Float64Array.of(3),
};
const tinyMatrix: LotMatrix = {
  instrumentCount: 1,
  scenarioCount: 2,
  unitUsd: 1,
  pnlUnits: Float64Array.of(-5, 4),
};

test("what can't be exact is refused, and changes nothing", () => {
  const withProfit = (profit: number): LotMatrix => ({ ...tinyMatrix, pnlUnits: Float64Array.of(profit, 0) });
  throws("PLM_OVERFLOW", () => remargin(tinyBook, withProfit(2 ** 52)), /account 0/);
  throws("PLM_DOMAIN", () => remargin(tinyBook, withProfit(0.5)), /pnlUnits\[0\]\[0\]/);
  throws("PLM_DOMAIN", () => remargin(tinyBook, withProfit(NaN)));
  throws("PLM_DOMAIN", () => remargin({ ...tinyBook, lots: Float64Array.of(1.5) }, tinyMatrix), /lots\[0\]/);
  throws("PLM_UNKNOWN", () => remargin({ ...tinyBook, instruments: Uint32Array.of(1) }, tinyMatrix));
  throws("PLM_DOMAIN", () => remargin({ ...tinyBook, starts: Uint32Array.of(0, 2) }, tinyMatrix), /starts/);
  throws("PLM_DOMAIN", () => remargin(tinyBook, tinyMatrix, { tail: 3 }), /tail/);
  throws("PLM_DOMAIN", () => remargin(tinyBook, tinyMatrix, { distributionCount: 0 }), /distributionCount/);
  throws("PLM_DOMAIN", () => remargin(tinyBook, tinyMatrix, { weights: [1] }), /weights.length/);
  throws("PLM_DOMAIN", () => remargin(tinyBook, tinyMatrix, { weights: [1, 0.5] }), /weights\[1\]/);
  throws("PLM_DOMAIN", () => remargin(tinyBook, tinyMatrix, { weights: [1, 2], tail: 3.5 }), /tail/);
  throws("PLM_OVERFLOW", () =>
    quantiseMatrix({ instrumentCount: 1, scenarioCount: 1, pnlUsd: Float64Array.of(1e11) }),
  );
  throws("PLM_DOMAIN", () =>
    quantiseMatrix({ instrumentCount: 1, scenarioCount: 1, pnlUsd: Float64Array.of(NaN) }),
  );

  throws("PLM_DOMAIN", () => remargin(tinyBook, tinyMatrix, { threadCount: 0 }), /threadCount/);

  const manyAccounts: LotBook = {
    accountCount: 600_000,
    starts: new Uint32Array(600_001),
    instruments: new Uint32Array(0),
    lots: new Float64Array(0),
  };
  const longMatrix: LotMatrix = { ...tinyMatrix, scenarioCount: 1024, pnlUnits: new Float64Array(1024) };
  throws("PLM_LIMIT", () => remargin(manyAccounts, longMatrix, { keepVectors: true }), /book/);

  const engine = remargin(tinyBook, tinyMatrix);
  throws("PLM_USAGE", () => engine.expectedShortfall());
  throws("PLM_USAGE", () => engine.expectedShortfallOf(1));
  throws("PLM_DOMAIN", () => remargin(tinyBook, tinyMatrix, { tail: 1.5 }).expectedShortfallOf(2), /tail/);
  throws("PLM_UNKNOWN", () => engine.checkOrder(1, 0, 1), /account/);
  throws("PLM_UNKNOWN", () => engine.checkOrder(0, 1, 1), /instrument/);
  throws("PLM_OVERFLOW", () => engine.checkOrder(0, 0, 2 ** 52));
  throws("PLM_OVERFLOW", () => engine.applyFill(0, 0, 2 ** 52));
  throws("PLM_DOMAIN", () => engine.applyFill(0, 0, 0.5), /lots/);
  throws("PLM_DOMAIN", () => engine.checkOrderWorst(0, 0, NaN), /lots/);
  const worst = engine.worst();
  throws("PLM_OVERFLOW", () => engine.applyTick({ instruments: [0], pnlUnits: Float64Array.of(2 ** 52, 0) }));
  throws("PLM_UNKNOWN", () => engine.applyTick({ instruments: [1], pnlUnits: Float64Array.of(1, 0) }));
  throws("PLM_DOMAIN", () => engine.applyTick({ instruments: [0], pnlUnits: Float64Array.of(1) }));
  assert.deepEqual([...worst], [-15]);
  assert.deepEqual([...engine.scenarios(0)], [-15, 12]);
});

test("a portfolio that the matrix does not cover is refused by name", () => {
  throws("PLM_UNKNOWN", () => lotBookOf([portfolio({ DOGE: "1" })], instruments), /positions\[0\]/);
  throws("PLM_UNKNOWN", () => lotBookOf([portfolio({}, { USDC: "1" })], instruments), /balances\[0\]/);
  throws(
    "PLM_DOMAIN",
    () => lotBookOf([portfolio({ "BTC-PERPETUAL": "0.0005" })], instruments),
    /BTC-PERPETUAL/,
  );
});
