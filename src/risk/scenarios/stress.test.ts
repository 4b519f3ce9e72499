import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type AssetState } from "../../market/index.ts";
import { log } from "../../numerics/exp-log.ts";
import { type MarginParameters, type RiskClassParameters } from "../parameters/margin-parameters.ts";
import { parseMarginParameters } from "../parameters/parameters-document.ts";
import {
  centreColumns,
  jointStressScenarios,
  measuredPart,
  measuredPeg,
  measuredRisk,
  reachableColumns,
  stressGrid,
} from "./stress.ts";

const shipped = parseMarginParameters(
  readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
);
const { measured: _measured, strayCount: _strayCount, ...plainStress } = shipped.stress;
const plain: MarginParameters = { ...shipped, stress: plainStress };
const shares: MarginParameters = {
  ...shipped,
  stress: {
    ...plainStress,
    measured: {
      fullDays: 200,
      spotShare: 0.5,
      volUpShare: 0.25,
      volDownShare: 0.75,
      skewShare: 0,
      basisShare: 0.8,
      pegShare: 0.4,
    },
  },
};
const risk: RiskClassParameters = {
  ...shipped.classes.default,
  spotRange: 0.4,
  extremes: [
    { move: -0.8, weight: 0.5 },
    { move: 2, weight: 0.1 },
  ],
  volUp: 1,
  volDown: 0.8,
  skewShock: 0.3,
  smileShock: 0.2,
  basisShock: 0.1,
};

const rounded = (value: number): number => Math.round(value * 1e12) / 1e12;

test("the part that counts grows with the days of a past up to those that are enough, and is none without shares", () => {
  for (const [days, part] of [
    [0, 0],
    [1, 0.005],
    [50, 0.25],
    [199.5, 0.9975],
    [200, 1],
    [4_000, 1],
  ] as const) {
    assert.equal(measuredPart(shares, days), part);
    assert.equal(measuredPart(plain, days), 0);
  }
});

test("a class's shocks keep their shares in proportion to the past, and nothing else of the class changes", () => {
  const keys = ["spotRange", "volUp", "volDown", "skewShock", "smileShock", "basisShock"] as const;
  const table: readonly (readonly [number, readonly number[], readonly number[]])[] = [
    // days, the shocks in the order of the keys, the weights of the extremes
    [-1, [0.4, 1, 0.8, 0.3, 0.2, 0.1], [0.5, 0.1]],
    [0, [0.4, 1, 0.8, 0.3, 0.2, 0.1], [0.5, 0.1]],
    [50, [0.35, 0.8125, 0.75, 0.225, 0.15, 0.095], [0.4375, 0.0875]],
    [100, [0.3, 0.625, 0.7, 0.15, 0.1, 0.09], [0.375, 0.075]],
    [200, [0.2, 0.25, 0.6, 0, 0, 0.08], [0.25, 0.05]],
    [999, [0.2, 0.25, 0.6, 0, 0, 0.08], [0.25, 0.05]],
  ];
  for (const [days, shocks, weights] of table) {
    const kept = measuredRisk(shares, risk, days);
    assert.deepEqual(
      keys.map((key) => rounded(kept[key])),
      shocks,
      `${days} days`,
    );
    assert.deepEqual(
      kept.extremes.map(({ move, weight }) => [move, rounded(weight)]),
      [
        [-0.8, weights[0]],
        [2, weights[1]],
      ],
    );
    const { spotRange, volUp, volDown, skewShock, smileShock, basisShock, extremes } = risk;
    assert.deepEqual(
      { ...kept, spotRange, volUp, volDown, skewShock, smileShock, basisShock, extremes },
      risk,
    );
    assert.equal(measuredRisk(plain, risk, days), risk);
  }
  assert.equal(measuredRisk(shares, risk, 0), risk);
});

test("a peg's slips keep their share, the charge for custody does not", () => {
  const peg = { pegDown: 0.2, pegUp: 0.05, custodyHaircut: 0.03 };
  for (const [days, down, up] of [
    [0, 0.2, 0.05],
    [50, 0.17, 0.0425],
    [200, 0.08, 0.02],
    [999, 0.08, 0.02],
  ] as const) {
    const kept = measuredPeg(shares, peg, days);
    assert.deepEqual(
      [rounded(kept.pegDown), rounded(kept.pegUp), kept.custodyHaircut],
      [down, up, 0.03],
      `${days} days`,
    );
    assert.equal(measuredPeg(plain, peg, days), peg);
  }
});

test("where its beta puts an underlying: the nearest column, both where two are as near, never an extreme", () => {
  const shareOf = (
    marketBeta: number,
    market: number,
    spotPoints: readonly number[] = [-1, -0.5, 0, 0.5, 1],
  ): (number | undefined)[] => {
    const moved = { ...risk, marketBeta };
    const grid = stressGrid({ ...plain, stress: { ...plainStress, spotPoints } }, moved);
    return centreColumns(grid, moved, market).map((column) => grid.columns[column]?.share);
  };
  const table: readonly (readonly [number, number, readonly number[]])[] = [
    [1, -1, [-1]],
    [1, -0.5, [-0.5]],
    [1, 0, [0]],
    [1, 1, [1]],
    [0.6, 1, [0.5]],
    [0.6, -1, [-0.5]],
    [0.8, 1, [1]],
    [0.4, 0.5, [0]],
    [0.6, 0.5, [0.5]],
    // As near to one as to the other.
    [0.5, 0.5, [0, 0.5]],
    [0.5, -0.5, [-0.5, 0]],
    [0.75, 1, [0.5, 1]],
    // Beyond the range, its end.
    [1.5, 1, [1]],
    [3, -0.5, [-1]],
    [0, 1, [0]],
    [-1, 0.5, [-0.5]],
  ];
  for (const [beta, market, expected] of table)
    assert.deepEqual(shareOf(beta, market), expected, `${beta} × ${market}`);
  // Rounding makes neither nearer: 0.3 − 0.2 < 0.2 − 0.1 in floating point.
  assert.ok(0.3 - 0.2 < 0.2 - 0.1);
  assert.deepEqual(shareOf(0.2, 1, [-1, 0, 0.1, 0.3, 1]), [0.1, 0.3]);
});

test("where its beta puts an underlying is within its reach, on every grid and in every class that the document allows", () => {
  for (const parameters of [
    plain,
    { ...plain, stress: { ...plainStress, spotPoints: [-1, -0.3, 0, 0.1, 1] } },
  ]) {
    const { spotPoints, marketPoints } = parameters.stress;
    const gap = Math.max(...spotPoints.slice(1).map((point, index) => point - spotPoints[index]!));
    for (const one of Object.values(parameters.classes)) {
      for (const marketBeta of [0, 0.33, one.marketBeta, 1.2]) {
        const moved = { ...one, marketBeta, spotResidual: Math.max(one.spotResidual, gap / 2) };
        const grid = stressGrid(parameters, moved);
        for (const share of marketPoints) {
          const centres = centreColumns(grid, moved, share);
          const reach = reachableColumns(grid, moved, share);
          assert.ok(centres.length === 1 || centres.length === 2);
          for (const column of centres) assert.ok(reach.includes(column), `${marketBeta} × ${share}`);
        }
      }
    }
  }
});

test("joint scenarios move by what is kept of each underlying's shocks and each peg's", () => {
  const parameters: MarginParameters = {
    ...shares,
    stress: {
      ...shares.stress,
      joint: [
        {
          id: "fall",
          label: "fall",
          spotShare: -0.5,
          volShare: 0.5,
          basisShare: -1,
          stakedDepegShare: 1,
          stablecoinDepegShare: 0.5,
        },
      ],
    },
  };
  const assets: AssetState[] = [
    { asset: "USD", kind: "fiat", priceUsd: 1, confidence: 1 },
    { asset: "USDX", kind: "stablecoin", priceUsd: 1, confidence: 1 },
    { asset: "stX", kind: "staked", priceUsd: 1, confidence: 1, underlying: "X" },
  ];
  const peg = { pegDown: 0.2, pegUp: 0.05, custodyHaircut: 0.03 };
  const [scenario] = jointStressScenarios(
    parameters,
    [
      { symbol: "NEW", risk },
      { symbol: "OLD", risk: measuredRisk(parameters, risk, 200) },
    ],
    assets,
    ({ asset }) => measuredPeg(parameters, peg, asset === "stX" ? 200 : 0),
  );
  const of = (symbol: string): readonly number[] => {
    const { spot, volLevel, basis } = scenario!.underlyings.get(symbol)!;
    return [spot, volLevel, basis].map(rounded);
  };
  assert.deepEqual(of("NEW"), [-0.2, 0.5, -0.1]);
  assert.deepEqual(of("OLD"), [-0.1, 0.125, -0.08]);
  assert.deepEqual(
    [...scenario!.pegs].map(([asset, move]) => [asset, rounded(move)]),
    [
      ["USDX", rounded(log(0.9))],
      ["stX", rounded(log(0.92))],
    ],
  );
});
