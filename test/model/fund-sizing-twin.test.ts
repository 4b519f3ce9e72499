import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { type Market } from "../../src/market/index.ts";
import { FundSurvey, type ScenarioLosses } from "../../src/clearing/stress/index.ts";
import { exp } from "../../src/numerics/index.ts";
import { decimalToNumber } from "../../src/quantity/index.ts";
import { parseMarginParameters, preparePortfolioMargin } from "../../src/risk/index.ts";
import { riskClassOf } from "../../src/risk/parameters/margin-parameters.ts";
import { type PreparedMarket } from "../../src/risk/portfolio-margin/index.ts";
import { noMove, type UnderlyingMove } from "../../src/risk/scenarios/move.ts";
import { revaluation } from "../../src/risk/scenarios/revaluation.ts";
import { syntheticPast } from "../../src/service/venue/synthetic-past.ts";
import { sampleWorld, type World } from "../properties/clearing-margin-world.ts";

// The survey beside its obvious twin, which revalues every position of every account in every scenario, one by one, from the documents.

const text = readFileSync(new URL("../../params/plimsoll-margin.json", import.meta.url), "utf8");
const parameters = parseMarginParameters(text);
const hoursPerYear = 8_760;

/** One scenario of the twin: how each underlying moves, and how. */
interface Plain {
  readonly moves: ReadonlyMap<string, UnderlyingMove>;
  readonly pegs: ReadonlyMap<string, number>;
  readonly aging: number;
  readonly floorVol: boolean;
}

const still = { pegs: new Map<string, number>(), aging: 0, floorVol: true };

const gridMoveOf = (symbol: string, spot: number, vol: number): UnderlyingMove => {
  const risk = riskClassOf(parameters, symbol);
  return { ...noMove, spot, volLevel: vol < 0 ? vol * risk.volDown : vol * risk.volUp };
};

/** Extreme moves of a class in one direction, the mildest first. */
const extremesOf = (symbol: string, sign: number): number[] =>
  riskClassOf(parameters, symbol)
    .extremes.map(({ move }) => move)
    .filter((move) => move * sign > 0)
    .sort((a, b) => Math.abs(a) - Math.abs(b));

function plainScenarios(matrix: PreparedMarket, symbols: readonly string[]): Map<string, Plain> {
  const all = new Map<string, Plain>();
  for (const { id, source, agingShare, underlyings, pegs } of matrix.joint) {
    all.set(id, { moves: underlyings, pegs, aging: agingShare, floorVol: source === "stress" });
  }
  const { marketPoints, volPoints, spotPoints } = parameters.stress;
  const add = (id: string, moveOf: (symbol: string) => UnderlyingMove): void => {
    all.set(id, { ...still, moves: new Map(symbols.map((symbol) => [symbol, moveOf(symbol)])) });
  };
  for (const share of marketPoints) {
    for (const vol of volPoints) {
      if (share === 0 && vol === 0) continue;
      add(`market:${share}:${vol}`, (symbol) => {
        const { marketBeta, spotRange } = riskClassOf(parameters, symbol);
        const aim = Math.max(-1, Math.min(1, marketBeta * share));
        const nearest = spotPoints.toSorted((a, b) => Math.abs(a - aim) - Math.abs(b - aim))[0]!;
        return gridMoveOf(symbol, nearest * spotRange, vol);
      });
    }
  }
  for (const [name, sign] of [["fall", -1] as const, ["rise", 1] as const]) {
    for (const rank of [1, 2]) {
      for (const vol of [0, 1]) {
        add(`extreme:${name}:${rank}:${vol}`, (symbol) =>
          gridMoveOf(symbol, extremesOf(symbol, sign)[rank - 1]!, vol),
        );
      }
    }
  }
  for (const symbol of symbols) {
    const { spotRange } = riskClassOf(parameters, symbol);
    const alone = (spot: number, vol: number): void =>
      add(`single:${symbol}:${Math.round(spot * 10_000) / 10_000}:${vol}`, (one) =>
        one === symbol ? gridMoveOf(symbol, spot, vol) : noMove,
      );
    for (const share of spotPoints) {
      for (const vol of volPoints) if (share !== 0 || vol !== 0) alone(share * spotRange, vol);
    }
    for (const sign of [-1, 1]) {
      for (const spot of extremesOf(symbol, sign).slice(0, 2)) {
        for (const vol of [0, 1]) alone(spot, vol);
      }
    }
  }
  return all;
}

/** Change of an account's value in a scenario, USD. */
function changeUsd(world: World, market: Market, account: number, plain: Plain): number {
  const { ledger, markets, positions } = world;
  const { assets } = markets;
  let change = 0;
  const amounts = new Map<string, number>();
  for (let asset = 0; asset < ledger.assetCount; asset++) {
    const scale = assets.get("unitsPerOne", asset);
    amounts.set(assets.label(asset), ledger.available(account, asset) / scale);
  }
  for (const { instrument: id, size } of world.portfolioOf(account).positions) {
    const instrument = market.instruments.get(id)!;
    const risk = riskClassOf(parameters, instrument.underlying);
    const lots = decimalToNumber(size);
    const quoteRatio = exp(plain.pegs.get(instrument.quoteAsset) ?? 0);
    change +=
      lots *
      revaluation(instrument, market, risk).changeUsd(plain.moves.get(instrument.underlying) ?? noMove, {
        ageYears: (plain.aging * risk.horizonHours) / hoursPerYear,
        floorVol: plain.floorVol,
        quoteRatio,
      });
    if (instrument.kind === "option" || instrument.kind === "spot") continue;
    // Profit that is not realised is a claim on the settlement asset.
    const index = markets.instruments.find(id);
    const slot = positions.find(account, index);
    const inverse = instrument.settlement === "inverse";
    const mark = market.quotes.get(id)!.mark;
    const worth = inverse ? (-lots * instrument.contractSize) / mark : lots * instrument.contractSize * mark;
    const profit = worth - positions.entryUnits[slot]! / (inverse ? 1e8 : 1e6);
    const asset = inverse ? instrument.underlying : instrument.quoteAsset;
    amounts.set(asset, (amounts.get(asset) ?? 0) + profit);
  }
  for (const [asset, amount] of amounts) {
    const state = market.assets.get(asset)!;
    const spot = state.underlying === undefined ? 0 : (plain.moves.get(state.underlying)?.spot ?? 0);
    const peg = exp(plain.pegs.get(asset) ?? 0);
    change += amount * state.priceUsd * ((1 + spot) * peg - 1);
  }
  return change;
}

interface DrawnAccount {
  readonly owner: number;
  readonly mode: "isolated" | "cross" | "portfolio";
  readonly balances: readonly number[];
  readonly positions: readonly { readonly instrument: number; readonly lots: number }[];
}

const spotInstrument = 41;
const drawnAccounts: fc.Arbitrary<DrawnAccount[]> = fc.array(
  fc.record({
    owner: fc.integer({ min: 1, max: 4 }),
    mode: fc.constantFrom("isolated", "cross", "portfolio"),
    balances: fc.tuple(
      fc.integer({ min: 0, max: 90_000_000_000 }),
      fc.integer({ min: 0, max: 50_000_000 }),
      fc.integer({ min: -2_000_000_000, max: 5_000_000_000 }),
    ),
    positions: fc.array(
      fc.record({
        instrument: fc.integer({ min: 0, max: spotInstrument - 1 }),
        lots: fc.integer({ min: -4_000, max: 4_000 }).filter((lots) => lots !== 0),
      }),
      { maxLength: 4 },
    ),
  }),
  { minLength: 1, maxLength: 7 },
);

function worldOf(accounts: readonly DrawnAccount[]): World {
  const world = sampleWorld();
  const { margin, markets } = world;
  assert.equal(margin.setDocument("history", syntheticPast(3, markets.nowMs)), undefined);
  assert.equal(margin.setDocument("marginParameters", text), undefined);
  margin.advance(markets.nowMs);
  for (const { owner, mode, balances, positions } of accounts) {
    const account = world.accounts.open(`0x${owner.toString(16).padStart(40, "0")}`, mode);
    for (const [asset, units] of balances.entries()) world.fund(account, asset, units);
    for (const { instrument, lots } of positions) {
      const ticks = Math.max(1, Math.round(markets.markMicros(instrument) / world.tickOf(instrument)));
      world.fill(account, instrument, lots, ticks);
    }
  }
  return world;
}

function surveyOf(world: World): ScenarioLosses {
  const survey = FundSurvey.begin(world);
  assert.ok(survey);
  while (!survey.isDone) survey.advance(3);
  return survey.losses();
}

test("the survey finds what revaluing every account in every scenario finds", () => {
  let losing = 0;
  fc.assert(
    fc.property(drawnAccounts, (drawn) => {
      const world = worldOf(drawn);
      const losses = surveyOf(world);
      const { market } = world.margin.epoch!;
      const { matrix } = world.margin.epoch!.models.at(-1)!.whole();
      const prepared = preparePortfolioMargin({ market, parameters });
      const plain = plainScenarios(matrix, ["BTC", "ETH"]);
      assert.deepEqual(losses.scenarios.all.map(({ id }) => id).toSorted(), [...plain.keys()].toSorted());
      const closing = new Map<number, number>();
      for (let account = 0; account < world.accounts.count; account++) {
        if (world.accounts.isHouse(account)) continue;
        const { components } = prepared.margin({ ...world.portfolioOf(account), orders: [] });
        const charges = components.flatMap((part) => [part, ...(part.children ?? [])]);
        const costs = charges.filter(({ id }) => id === "half-spread" || id === "price-impact");
        closing.set(
          account,
          costs.reduce((sum, { initial }) => sum + initial, 0),
        );
      }
      // Some scenarios of each run, all of them over many.
      const step = 1 + (drawn.length % 7);
      for (let s = drawn.length % step; s < losses.scenarios.all.length; s += step) {
        const scenario = losses.scenarios.all[s]!;
        const byOwner = new Map<string, number>();
        let gross = 0;
        for (const [account, cost] of closing) {
          const equity = world.margin.figures(account).equityMicros / 1e6;
          const change = changeUsd(world, market, account, plain.get(scenario.id)!);
          const short = Math.max(0, -(equity + change - cost));
          gross += Math.abs(change) + Math.abs(equity);
          const owner = world.accounts.owner(account);
          byOwner.set(owner, (byOwner.get(owner) ?? 0) + short);
        }
        const sorted = [...byOwner.values()].sort((a, b) => b - a);
        const tolerance = 0.02 + gross * 1e-9;
        const near = (micros: number, usd: number, what: string): void =>
          assert.ok(
            Math.abs(micros / 1e6 - usd) <= tolerance,
            `${scenario.id} ${what}: ${micros / 1e6}, ${usd}`,
          );
        near(losses.firstMicros[s]!, sorted[0] ?? 0, "largest");
        near(losses.secondMicros[s]!, sorted[1] ?? 0, "second");
        near(
          losses.totalMicros[s]!,
          sorted.reduce((sum, short) => sum + short, 0),
          "all",
        );
        if ((sorted[0] ?? 0) > 1) losing++;
      }
    }),
    { seed: 9, numRuns: 12, endOnFailure: true },
  );
  assert.ok(losing > 500, `${losing} scenarios in which someone loses`);
});

const coverTwo = ({ firstMicros, secondMicros }: ScenarioLosses, s: number): number =>
  firstMicros[s]! + secondMicros[s]!;

test("the largest is at least the second, both at most all; the same state gives the same, however it is cut into slices", () => {
  fc.assert(
    fc.property(drawnAccounts, (drawn) => {
      const world = worldOf(drawn);
      const losses = surveyOf(world);
      const whole = FundSurvey.begin(world)!;
      whole.advance(1_000);
      assert.deepEqual(whole.losses().totalMicros, losses.totalMicros);
      assert.deepEqual(whole.losses().firstMicros, losses.firstMicros);
      assert.deepEqual(whole.losses().second, losses.second);
      for (const s of losses.scenarios.all.keys()) {
        assert.ok(losses.firstMicros[s]! >= losses.secondMicros[s]!);
        assert.ok(coverTwo(losses, s) <= losses.totalMicros[s]!);
        assert.ok(Number.isSafeInteger(losses.totalMicros[s]));
      }
    }),
    { seed: 10, numRuns: 10, endOnFailure: true },
  );
});

test("more cash never raises a loss; accounts of one owner count as one", () => {
  fc.assert(
    fc.property(drawnAccounts, fc.integer({ min: 1, max: 20_000_000_000 }), (drawn, units) => {
      const before = surveyOf(worldOf(drawn));
      const richer = drawn.map((of, i) =>
        i === 0 ? { ...of, balances: [of.balances[0]! + units, ...of.balances.slice(1)] } : of,
      );
      const after = surveyOf(worldOf(richer));
      const pooled = surveyOf(worldOf(drawn.map((of) => ({ ...of, owner: 1 }))));
      for (const [s, { id }] of before.scenarios.all.entries()) {
        // A stablecoin's peg may rise or fall: what it is worth never goes below nothing.
        assert.ok(after.totalMicros[s]! <= before.totalMicros[s]! + 1, `${id}: all`);
        assert.ok(after.firstMicros[s]! <= before.firstMicros[s]! + 1, `${id}: largest`);
        assert.ok(coverTwo(after, s) <= coverTwo(before, s) + 2, `${id}: two`);
        assert.equal(pooled.totalMicros[s], before.totalMicros[s]);
        assert.equal(pooled.firstMicros[s], before.totalMicros[s]);
        assert.equal(pooled.secondMicros[s], 0);
      }
    }),
    { seed: 12, numRuns: 8, endOnFailure: true },
  );
});
