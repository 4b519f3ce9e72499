import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Portfolio } from "../../src/market/index.ts";
import { randomStream } from "../../src/numerics/random.ts";
import { scenarioPricer } from "../../src/pricing/index.ts";
import { decimalToNumber, parseDecimal } from "../../src/quantity/index.ts";
import {
  type Certificate,
  type CertifyArea,
  certifyPortfolio,
  classAxis,
  classBox,
  contributionsAt,
  floorShare,
  legsOf,
  lossAt,
  lossProblem,
  maximumLoss,
  parallelAxis,
  shockAxis,
  underlyingBooks,
} from "../../src/risk/certify/index.ts";
import { riskClassOf } from "../../src/risk/index.ts";
import { bookLines } from "../../src/risk/venues/shared/book-lines.ts";
import { fiftyOptions } from "./certify-books.ts";
import { anyPortfolio, shippedParameters, testMarket } from "./portfolio-margin-market.ts";

const market = testMarket();
const defaultVol = (underlying: string): number => riskClassOf(shippedParameters, underlying).defaultVol;

const parallelArea = (underlying: string): CertifyArea => {
  const box = classBox(riskClassOf(shippedParameters, underlying));
  return { axis: parallelAxis(box.volDown, box.volUp), box };
};
const tenorArea = (underlying: string): CertifyArea => {
  const risk = riskClassOf(shippedParameters, underlying);
  const box = { ...classBox(risk), volDown: -1, volUp: 1 };
  return { axis: classAxis(risk, shippedParameters.stress.volPoints), box };
};
const certify = (portfolio: Portfolio, areaOf: (underlying: string) => CertifyArea): Certificate =>
  certifyPortfolio(portfolio, market, areaOf, defaultVol);

test("no random scenario of any book's box loses more than is proven, and the gap is as asked", () => {
  fc.assert(
    fc.property(anyPortfolio(market, 12), fc.boolean(), fc.nat(), (portfolio, isParallel, seed) => {
      const areaOf = isParallel ? parallelArea : tenorArea;
      const { underlyings } = certify(portfolio, areaOf);
      const random = randomStream(seed);
      const books = underlyingBooks(portfolio, market, defaultVol);
      for (const [at, found] of underlyings.entries()) {
        const book = books[at];
        assert.ok(book && book.underlying === found.underlying);
        const { axis, box } = areaOf(book.underlying);
        const legs = legsOf(lossProblem(book, axis));
        for (let sample = 0; sample < 100; sample++) {
          const spot = box.spotDown + (box.spotUp - box.spotDown) * random.nextFloat();
          const vol = box.volDown + (box.volUp - box.volDown) * random.nextFloat();
          assert.ok(lossAt(legs, spot, vol) <= found.upperUsd);
        }
        assert.notEqual(found.stopped, "cells");
        const scale = Math.max(found.witness.lossUsd, floorShare * book.notionalUsd);
        assert.ok(found.gapUsd <= 0.0001 * scale + 1e-9 * legs.grossUsd);
        const sum = found.contributions.reduce((total, { pnlUsd }) => total + pnlUsd, 0);
        assert.ok(Math.abs(sum + found.witness.lossUsd) <= 1e-9 * (1 + legs.grossUsd));
      }
    }),
    { seed: 11, numRuns: 200 },
  );
});

test("what a book is worth at a point is what a full revaluation of each contract says", () => {
  const axis = shockAxis((vol) => ({ up: 1.6 * vol, down: 0.7 * vol }), 1 / 365);
  fc.assert(
    fc.property(
      anyPortfolio(market, 12),
      fc.double({ min: -0.3, max: 0.3, noNaN: true }),
      fc.double({ min: -1, max: 1, noNaN: true }),
      (portfolio, spot, share) => {
        const lines = bookLines(portfolio, market);
        const expected = new Map(
          lines.map((line) => {
            const factor = share < 0 ? 1 + 0.3 * share : 1 + 0.6 * share;
            const isOption = line.instrument.kind === "option";
            const move = { spot, ...(isOption ? { vol: line.vol * factor, ageYears: 1 / 365 } : {}) };
            return [line.instrument.id, line.usd(move)];
          }),
        );
        for (const book of underlyingBooks(portfolio, market, defaultVol)) {
          const made = contributionsAt(book, axis, spot, share);
          for (const [at, { item, pnlUsd }] of made.entries()) {
            const price = market.assets.get(item)?.priceUsd;
            const size = book.parts[at]?.size ?? 0;
            const known = price === undefined ? expected.get(item) : size * price * spot;
            assert.ok(known !== undefined, item);
            const scale = Math.abs(size) * 80_000;
            assert.ok(Math.abs(known - pnlUsd) <= 1e-9 * (1 + scale), `${item}: ${pnlUsd} is not ${known}`);
          }
        }
      },
    ),
    { seed: 12, numRuns: 300 },
  );
});

test("coins that join a balance as unrealised profit move with it", () => {
  const portfolio: Portfolio = {
    name: "inverse",
    balances: [{ asset: "BTC", amount: parseDecimal("2") }],
    positions: [{ instrument: "BTC-PERP-INV", size: parseDecimal("-1000"), entryPrice: 100_000 }],
    orders: [],
  };
  const [book] = underlyingBooks(portfolio, market, defaultVol);
  assert.ok(book);
  const mark = 80_000 * 0.9995;
  const profit = -1000 * 100 * (1 / 100_000 - 1 / mark);
  const linear = (2 + profit) * 80_000 - (1000 * 100 * 80_000) / mark;
  assert.ok(Math.abs(lossProblem(book, parallelAxis(1, 1)).linearUsd - linear) < 1e-6);
});

test("a larger box never loses less; twice the book loses twice; the parts' bounds cover the whole", () => {
  const halves = (portfolio: Portfolio): readonly [Portfolio, Portfolio] => {
    const { positions } = portfolio;
    const middle = positions.length >> 1;
    return [
      { ...portfolio, positions: positions.slice(0, middle) },
      { ...portfolio, balances: [], positions: positions.slice(middle) },
    ];
  };
  fc.assert(
    fc.property(anyPortfolio(market, 8), (portfolio) => {
      const whole = certify(portfolio, parallelArea);
      const narrow = certify(portfolio, (underlying) => {
        const { axis, box } = parallelArea(underlying);
        return { axis, box: { ...box, spotDown: box.spotDown / 2, volUp: 1 } };
      });
      const tiny = 1e-9 * (1 + Math.abs(whole.upperUsd));
      assert.ok(narrow.witnessUsd <= whole.upperUsd + tiny);
      const twice = certify(
        {
          ...portfolio,
          balances: portfolio.balances.map(({ asset, amount }) => ({ asset, amount: doubled(amount) })),
          positions: portfolio.positions.map((one) => ({ ...one, size: doubled(one.size) })),
        },
        parallelArea,
      );
      assert.ok(Math.abs(twice.upperUsd - 2 * whole.upperUsd) <= 2 * (whole.gapUsd + twice.gapUsd) + tiny);
      const [a, b] = halves(portfolio).map((half) => certify(half, parallelArea));
      assert.ok(a && b);
      assert.ok(whole.witnessUsd <= a.upperUsd + b.upperUsd + tiny);
    }),
    { seed: 13, numRuns: 60 },
  );
});

const doubled = (amount: Portfolio["positions"][number]["size"]): typeof amount =>
  parseDecimal(String(2 * decimalToNumber(amount)));

test("fifty options on one underlying: the gap is far below a hundredth, with few cells", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const { problem, notionalUsd } = fiftyOptions(seed);
    const box = { spotDown: -0.165, spotUp: 0.165, volDown: 0.795, volUp: 1.433 };
    const floorUsd = floorShare * notionalUsd;
    const { gapUsd, witness, cells, stopped } = maximumLoss(problem, box, { tolerance: 0.001, floorUsd });
    assert.equal(stopped, "gap");
    assert.ok(gapUsd <= 0.001 * Math.max(witness.lossUsd, floorUsd));
    assert.ok(cells < 4000, `seed ${seed}: ${cells} cells`);
  }
});

test("a million random scenarios of each of two books, priced by the batch kernel, lose no more than is proven", () => {
  const box = { spotDown: -0.165, spotUp: 0.165, volDown: 0.795, volUp: 1.433 };
  const random = randomStream(2026);
  const blocks = 50;
  const blockSize = 20_000;
  for (const seed of [1, 2]) {
    const { problem, notionalUsd } = fiftyOptions(seed);
    const { upperUsd, witness } = maximumLoss(problem, box, { floorUsd: floorShare * notionalUsd });
    const nowUsd = problem.options.reduce((sum, leg) => {
      const { calls, puts } = scenarioPricer([{ forwardRatios: [1], volRatios: [1] }], 1).price([
        { forward: leg.forward, strike: leg.strike, totalVol: leg.totalVolNow, shocks: 0 },
      ]);
      return sum + leg.weightUsd * ((leg.isCall ? calls : puts)[0] ?? NaN);
    }, 0);
    let worst = -Infinity;
    for (let block = 0; block < blocks; block++) {
      const spots = Float64Array.from(
        { length: blockSize },
        () => box.spotDown + (box.spotUp - box.spotDown) * random.nextFloat(),
      );
      const pricer = scenarioPricer(
        [
          {
            forwardRatios: spots.map((spot) => 1 + spot),
            volRatios: spots.map(() => box.volDown + (box.volUp - box.volDown) * random.nextFloat()),
          },
        ],
        1,
      );
      const losses = spots.map((spot) => nowUsd - problem.linearUsd * spot);
      for (const { forward, strike, totalVolNow, isCall, weightUsd } of problem.options) {
        const { calls, puts } = pricer.price([{ forward, strike, totalVol: totalVolNow, shocks: 0 }]);
        const prices = isCall ? calls : puts;
        for (let i = 0; i < blockSize; i++) losses[i] = (losses[i] ?? 0) - weightUsd * (prices[i] ?? NaN);
      }
      for (let i = 0; i < blockSize; i++) worst = Math.max(worst, losses[i] ?? Infinity);
    }
    assert.ok(worst <= upperUsd, `seed ${seed}: a scenario loses ${worst}, more than ${upperUsd}`);
    // and the search was worth it: a million draws come close to the witness, not beyond it
    assert.ok(worst >= 0.9 * witness.lossUsd - floorShare * notionalUsd);
  }
});
