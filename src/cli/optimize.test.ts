import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Portfolio, syntheticHistory } from "../market/index.ts";
import { writeHistory } from "../market/history-document.ts";
import { parseDecimal, PlimsollError } from "../quantity/index.ts";
import { marginFigures, portfolioAfterTrade, preparePortfolioMargin } from "../risk/index.ts";
import { loadBook } from "./input/load.ts";
import { optimizeCollateralCommand } from "./optimize-collateral.ts";
import { optimizeHedgeCommand } from "./optimize-hedge.ts";
import { optimizeLeverageCommand } from "./optimize-leverage.ts";

const maker = "examples/market-maker.json";
const carry = "examples/carry.json";
const folder = mkdtempSync(join(tmpdir(), "plimsoll-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function book(
  name: string,
  balances: Readonly<Record<string, string>>,
  positions: Readonly<Record<string, string>>,
): string {
  const path = join(folder, `${name}.json`);
  const document = {
    schema: "plimsoll/portfolio@1",
    name,
    balances: Object.entries(balances).map(([asset, amount]) => ({ asset, amount })),
    positions: Object.entries(positions).map(([instrument, size]) => ({ instrument, size })),
  };
  writeFileSync(path, JSON.stringify(document));
  return path;
}

/** A year and more of the example market's making, every four hours: enough to count in, and quick. */
const past = join(folder, "history.json");
const { market: exampleMarket } = await loadBook({});
writeFileSync(
  past,
  writeHistory(
    syntheticHistory({ seed: 1, asOfMs: exampleMarket.asOfMs, days: 500, intervalMs: 4 * 3_600_000 }),
  ),
);

const refused = (run: Promise<unknown>, code: string, field: string | RegExp): Promise<void> =>
  assert.rejects(run, (error) => {
    assert.ok(error instanceof PlimsollError, String(error));
    assert.equal(error.code, code);
    assert.match(error.field, typeof field === "string" ? new RegExp(`^${field}$`) : field);
    assert.ok(error.limit.length > 0 && error.remedy.length > 0);
    return true;
  });

const near = (actual: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

interface HedgeJson {
  readonly trades: readonly {
    readonly instrument: string;
    readonly size: number;
    readonly spreadUsd: number;
    readonly feeUsd: number;
    readonly impactUsd: number;
  }[];
  readonly freedUsd: number;
  readonly costUsd: number;
  readonly earnedUsd: number;
  readonly netUsd: number;
  readonly breakEvenDays: number;
  readonly meetsGoal: boolean;
  readonly cutShort: boolean;
  readonly bound?: { readonly requirementUsd: number; readonly costUsd: number };
  readonly frontier: readonly { readonly freedUsd: number; readonly costUsd: number }[];
  readonly before: { readonly initialMargin: number; readonly equity: number };
  readonly after: { readonly initialMargin: number; readonly equity: number };
}

const hedgeOf = async (
  options: Parameters<typeof optimizeHedgeCommand>[0],
): Promise<{ text: string; json: HedgeJson }> => {
  const { text, json } = await optimizeHedgeCommand(options);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shape is what this test checks
  return { text, json: json as HedgeJson };
};

test("hedge: what is reported is the whole model's, and the trades add up to it", async () => {
  const { text, json } = await hedgeOf({
    portfolio: carry,
    rate: "0.2",
    legs: "8",
    kinds: "perpetual,future",
    timeLimit: "600",
  });
  assert.ok(json.meetsGoal && !json.cutShort);
  assert.ok(json.trades.length > 0 && json.trades.length <= 8);
  const { portfolio, market, parameters, history } = await loadBook({ portfolio: carry });
  const { matrix } = preparePortfolioMargin({ market, parameters, ...(history ? { history } : {}) });
  let hedged: Portfolio = portfolio;
  let costUsd = 0;
  for (const { instrument, size, spreadUsd, feeUsd, impactUsd } of json.trades) {
    hedged = portfolioAfterTrade(hedged, { instrument, size: parseDecimal(String(size)) }, market);
    costUsd += spreadUsd + feeUsd + impactUsd;
  }
  near(json.costUsd, costUsd, 1e-6);
  near(json.before.equity - json.after.equity, costUsd, 1e-3);
  // Costs are paid in several balances; all in dollars they move the requirement by next to nothing.
  near(json.after.initialMargin, marginFigures(matrix, hedged).initialMargin, 0.5 * costUsd);
  assert.equal(json.before.initialMargin, marginFigures(matrix, portfolio).initialMargin);
  near(json.freedUsd, json.before.initialMargin - json.after.initialMargin, 1e-6);
  near(json.netUsd, json.earnedUsd - json.costUsd, 1e-6);
  assert.ok(json.netUsd >= 0 && json.breakEvenDays <= 30);
  assert.ok(json.bound && json.after.initialMargin >= json.bound.requirementUsd - 1);
  for (const [at, point] of json.frontier.slice(1).entries()) {
    assert.ok(point.costUsd >= json.frontier[at]!.costUsd && point.freedUsd > json.frontier[at]!.freedUsd);
  }
  assert.match(text, /^What binds now: /m);
  assert.match(text, /^ {2}one more dollar of USD leaves the requirement as it is/m);
  assert.match(text, /No hedge of these \d+ instruments/);
});

test("hedge: a share to free, at the least cost", async () => {
  const wanted = { portfolio: carry, free: "0.1", kinds: "perpetual", timeLimit: "600" };
  const { text, json } = await hedgeOf(wanted);
  assert.ok(json.meetsGoal);
  assert.ok(json.freedUsd >= 0.1 * json.before.initialMargin);
  assert.ok(json.costUsd >= json.bound!.costUsd);
  assert.match(text, /Sought: the cheapest hedge that frees 10.0% of the initial margin/);
});

test("hedge: a time limit ends the search with what was found, and says so", async () => {
  const { text, json } = await hedgeOf({ portfolio: maker, timeLimit: "0.1" });
  assert.ok(json.cutShort);
  assert.match(text, /time limit ended the search/);
  assert.ok(json.after.initialMargin <= json.before.initialMargin);
});

test("hedge: wrong options are refused with their names", async () => {
  await refused(optimizeHedgeCommand({ portfolio: maker, goal: "all" }), "PLM_USAGE", "--goal");
  await refused(optimizeHedgeCommand({ portfolio: maker, free: "1.2" }), "PLM_USAGE", "--free");
  await refused(optimizeHedgeCommand({ portfolio: maker, legs: "0" }), "PLM_USAGE", "--legs");
  await refused(optimizeHedgeCommand({ portfolio: maker, legs: "1.5" }), "PLM_USAGE", "--legs");
  await refused(optimizeHedgeCommand({ portfolio: maker, rate: "0" }), "PLM_USAGE", "--rate");
  await refused(optimizeHedgeCommand({ portfolio: maker, days: "1e9" }), "PLM_USAGE", "--days");
  await refused(optimizeHedgeCommand({ portfolio: maker, optionFee: "-1" }), "PLM_USAGE", "--option-fee");
  await refused(optimizeHedgeCommand({ portfolio: maker, underlying: "DOGE" }), "PLM_USAGE", "--underlying");
  await refused(optimizeHedgeCommand({ portfolio: maker, kinds: "swap" }), "PLM_USAGE", "--kinds");
  await refused(
    optimizeHedgeCommand({ portfolio: maker, days: "3000", kinds: "option" }),
    "PLM_NO_SOLUTION",
    "market",
  );
  const cash = book("cash", { USD: "1000" }, {});
  await refused(optimizeHedgeCommand({ portfolio: cash }), "PLM_NO_SOLUTION", "portfolio");
});

test("collateral: enough, no dearer than what is held, and no cheaper than the bound", async () => {
  const { text, json } = await optimizeCollateralCommand({ portfolio: maker, buffer: "50000" });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shape is what this test checks
  const found = json as {
    basket: { spareUsd: number; costPerYearUsd: number };
    boundPerYearUsd: number;
    heldCostPerYearUsd: number;
    requirementPricePerYear: number;
    after: { equity: number; initialMargin: number };
    assets: readonly { asset: string; used: number; most: number; costPerExcess: number }[];
  };
  assert.ok(found.basket.spareUsd >= 0 && found.basket.spareUsd < 5);
  near(found.after.equity - found.after.initialMargin, 50_000, 5);
  assert.ok(found.basket.costPerYearUsd <= found.heldCostPerYearUsd);
  assert.ok(found.basket.costPerYearUsd >= found.boundPerYearUsd - 0.01);
  // The asset used in part sets the price of a dollar of requirement: its own cost per dollar of excess.
  const inPart = found.assets.filter(({ used, most }) => used > 0 && used < 0.999 * most);
  assert.equal(inPart.length, 1);
  const [{ asset, costPerExcess }] = inPart as [(typeof inPart)[number]];
  near(costPerExcess, found.requirementPricePerYear, 5e-4);
  assert.match(text, /shadow price of margin/);
  assert.match(text, new RegExp(`^${asset} .*: sets the price`, "m"));
});

test("collateral: what cannot be is refused", async () => {
  const long = book("long", { USDC: "100" }, { "BTC_USDC-PERPETUAL": "1" });
  const run = (...asset: string[]): Promise<unknown> =>
    optimizeCollateralCommand({ portfolio: long, ...(asset.length > 0 ? { asset } : {}) });
  await refused(run(), "PLM_NO_SOLUTION", "--asset");
  await refused(run("DOGE"), "PLM_UNKNOWN", "--asset");
  await refused(run("USDC", "USDC=5"), "PLM_DUPLICATE", "--asset");
  await refused(run("USDC=x"), "PLM_USAGE", "--asset USDC most");
  await refused(run("USDC=1@y"), "PLM_USAGE", "--asset USDC carry");
  await refused(run("USDC=1@0.1+2"), "PLM_USAGE", "--asset USDC fee");
  await refused(run("stETH@-0.01"), "PLM_USAGE", "--asset stETH most");
  await refused(run("=5"), "PLM_USAGE", "--asset");
  await refused(run(...Array.from({ length: 33 }, () => "USDC")), "PLM_LIMIT", "--asset");
});

test("collateral: assets with a negative cost are taken up to their most", async () => {
  const long = book("paid", { USD: "10000" }, { "BTC_USDC-PERPETUAL": "0.1" });
  const { json } = await optimizeCollateralCommand({ portfolio: long, asset: ["USD", "stETH=3@-0.01"] });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shape is what this test checks
  const { assets } = json as { assets: readonly { asset: string; used: number }[] };
  assert.equal(assets.find(({ asset }) => asset === "stETH")?.used, 3);
});

test("leverage: the best leverage is as rare as asked, and its interval is there", async () => {
  const long = book("one-long", { USDC: "100000" }, { "BTC_USDC-PERPETUAL": "2" });
  const options = {
    portfolio: long,
    history: past,
    horizon: "10d",
    probability: "0.1",
    funding: "0.05",
    most: "20",
  };
  const { text, json } = await optimizeLeverageCommand(options);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shape is what this test checks
  const found = json as {
    stretches: number;
    best: {
      leverage: number;
      carryPerYear: number;
      estimate: { liquidated: number; rate: number; interval: { low: number; high: number } };
    };
    curve: readonly { probability: number; row: { leverage: number } }[];
  };
  assert.ok(found.stretches >= 45);
  const { estimate, leverage, carryPerYear } = found.best;
  assert.equal(estimate.liquidated, Math.floor(0.1 * found.stretches));
  assert.ok(estimate.interval.low < estimate.rate && estimate.rate < estimate.interval.high);
  near(carryPerYear, -0.05 * leverage, 1e-4);
  for (const [at, { row }] of found.curve.slice(1).entries()) {
    assert.ok(row.leverage >= found.curve[at]!.row.leverage);
  }
  assert.match(text, /stretches of the past that do not overlap/);
  assert.match(text, /SYNTHETIC/);
});

test("leverage: looped collateral, and what is refused", async () => {
  const cash = book("equity", { USD: "50000" }, {});
  const loop = {
    portfolio: cash,
    history: past,
    loop: "stETH/ETH",
    yield: ["stETH=0.03"],
    borrow: ["ETH=0.02"],
    horizon: "60d",
  };
  const { text } = await optimizeLeverageCommand(loop);
  assert.match(text, /^stETH against ETH: 50,000 USD of equity/);
  await refused(optimizeLeverageCommand({ portfolio: cash }), "PLM_USAGE", "portfolio");
  await refused(optimizeLeverageCommand({ ...loop, loop: "stETH" }), "PLM_USAGE", "--loop");
  await refused(optimizeLeverageCommand({ ...loop, loop: "stETH/stETH" }), "PLM_USAGE", "--loop");
  await refused(optimizeLeverageCommand({ ...loop, yield: ["DOGE=1"] }), "PLM_UNKNOWN", "--yield");
  await refused(optimizeLeverageCommand({ ...loop, horizon: "9 days" }), "PLM_USAGE", /--horizon/);
  await refused(optimizeLeverageCommand({ ...loop, horizon: "90000d" }), "PLM_DATA_GAP", "--horizon");
  await refused(optimizeLeverageCommand({ ...loop, probability: "2" }), "PLM_USAGE", "--probability");
  const poor = book("poor", { USD: "-50000" }, { "BTC_USDC-PERPETUAL": "1" });
  await refused(optimizeLeverageCommand({ portfolio: poor }), "PLM_DOMAIN", "portfolio equity");
});
