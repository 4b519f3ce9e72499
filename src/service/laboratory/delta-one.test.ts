import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { madeUpFolder } from "../../../test/laboratory/price-folder.ts";

import { randomStream } from "../../numerics/index.ts";
import { accountValue, parseMarginParameters } from "../../risk/index.ts";
import { deltaOneBooks, type LibraryBook, unitUsd } from "./delta-one-books.ts";
import { historyOf, lossUntil, openBook, RecordedInstant, walk } from "./delta-one.ts";
import { ModelPanel } from "./models.ts";
import { Observations } from "./observations.ts";
import { type Panel, PriceSeries, readPanels } from "./panels.ts";

const parameters = parseMarginParameters(
  readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
);
const hours = 120 * 24;
const { hourly: panel } = readPanels([madeUpFolder(hours)]);
const coins = ["BTC", "ETH", "XYZ"];
const books = deltaOneBooks({ coins, inverse: ["BTC"], stablecoins: ["USDC"] }, 1);
const step = 110 * 24;
const at = new RecordedInstant(panel, step, coins);

const named = (name: string): LibraryBook => {
  const found = books.find((book) => book.name === name);
  assert.ok(found, name);
  return found;
};

test("every book's loss is the fall of its account's value", () => {
  let compared = 0;
  for (const [index, book] of books.entries()) {
    const open = openBook(book, index, at);
    // Ether's perpetual is not recorded, and a random book may want more coins than three.
    if (!open) {
      assert.ok(book.basisOf === "ETH" || book.type === "random book", book.name);
      continue;
    }
    for (const ahead of [1, 24, 48]) {
      const later = new RecordedInstant(panel, step + ahead, coins);
      const { portfolio } = open.asked;
      const fall =
        accountValue(portfolio, at.market).equityUsd - accountValue(portfolio, later.market).equityUsd;
      const loss = lossUntil(open, at, step + ahead);
      assert.ok(loss !== undefined && Math.abs(loss - fall) < 0.01, `${book.name}: ${loss} and ${fall}`);
      compared += 1;
    }
  }
  assert.ok(compared > 3 * (books.length - 14));
});

test("a long inverse perpetual loses dollars like the coin, by hand", () => {
  const open = openBook(named("long inverse perpetual, BTC"), 0, at)!;
  const mark = (series: PriceSeries | undefined, when: number): number => series!.at(when);
  const from = mark(panel.inverse.get("BTC"), step);
  const to = mark(panel.inverse.get("BTC"), step + 24);
  const coin = mark(panel.spot.get("BTC"), step + 24);
  const byHand = -unitUsd * (1 / from - 1 / to) * coin;
  assert.ok(Math.abs(lossUntil(open, at, step + 24)! - byHand) < 0.01);
});

test("no loss is computed across a gap, nor from one market to another", () => {
  const values = Float64Array.from(panel.spot.get("XYZ")!.values);
  values.fill(Number.NaN, step + 2, step + 10);
  const gapped: Panel = { ...panel, spot: new Map(panel.spot).set("XYZ", new PriceSeries(values, 6)) };
  const here = new RecordedInstant(gapped, step, coins);
  const open = openBook(named("long perpetual, XYZ"), 0, here)!;
  assert.notEqual(lossUntil(open, here, step + 1), undefined);
  assert.equal(lossUntil(open, here, step + 24), undefined);
  assert.equal(lossUntil(open, here, step + 5), undefined);

  const ended = Float64Array.from(panel.perpetual.get("BTC")!.values);
  ended.fill(Number.NaN, step + 5);
  const handed: Panel = { ...panel, perpetual: new Map([["BTC", new PriceSeries(ended, 6)]]) };
  const there = new RecordedInstant(handed, step, coins);
  assert.equal(lossUntil(openBook(named("long perpetual, BTC"), 0, there)!, there, step + 24), undefined);
});

test("a book between two markets is opened only where both were recorded", () => {
  const book = named("BTC held, short perpetual");
  assert.ok(openBook(book, 0, at));
  const without = new RecordedInstant({ ...panel, perpetual: new Map() }, step, coins);
  assert.equal(openBook(book, 0, without), undefined);
  assert.ok(openBook(named("long perpetual, BTC"), 0, without));
});

test("a coin is not traded before it was observed for sixty days", () => {
  assert.deepEqual(new RecordedInstant(panel, 59 * 24, coins).coins, []);
  assert.deepEqual(new RecordedInstant(panel, 61 * 24, coins).coins, coins);
});

test("beta looks back only, and is what the moves were made with", () => {
  const beta = at.view.beta("XYZ", "BTC");
  assert.ok(beta > 0.6 && beta < 1.4, String(beta));
  assert.ok(Number.isNaN(new RecordedInstant(panel, 30 * 24, coins).view.beta("XYZ", "BTC")));
});

/** Requirements of every book and model at one instant. */
function requirements(of: Panel, when: number): readonly (readonly number[])[] {
  const models = new ModelPanel(parameters);
  const into = new Observations(books, models.studied, [1]);
  const horizons = [{ index: 0, steps: 1, isDue: () => true }];
  const instants = [{ step: when, ordinal: 0 }];
  const rows = walk(
    { panel: of, coins, books, firstBook: 0, horizons, instants, endStep: of.length },
    models,
    into,
  );
  assert.equal([...rows].length, 1);
  const { initialUsd, maintenanceUsd } = into.columns;
  return [...initialUsd, ...maintenanceUsd].map((column) => [...column]);
}

test("nothing after the instant changes any model's requirement", () => {
  const stream = randomStream(5);
  const shuffled = (series: PriceSeries): PriceSeries => {
    const values = Float64Array.from(series.values);
    for (let index = values.length - 1; index > step + 1; index--) {
      const other = step + 1 + stream.nextBelow(index - step);
      [values[index], values[other]] = [values[other]!, values[index]!];
    }
    return new PriceSeries(values, 6);
  };
  const each = (map: Panel["spot"]): Panel["spot"] =>
    new Map([...map].map(([name, series]) => [name, shuffled(series)]));
  const other: Panel = {
    ...panel,
    spot: each(panel.spot),
    perpetual: each(panel.perpetual),
    inverse: each(panel.inverse),
    stablecoin: each(panel.stablecoin),
  };
  assert.notDeepEqual([...other.spot.get("BTC")!.values], [...panel.spot.get("BTC")!.values]);
  const asked = requirements(panel, step);
  assert.deepEqual(requirements(other, step), asked);
  assert.ok(asked[0]!.every((usd) => usd > 0));

  // Nor does cutting the future off, but for the end of the shortest window.
  const cut = (map: Panel["spot"]): Panel["spot"] =>
    new Map([...map].map(([name, series]) => [name, new PriceSeries(series.values.slice(0, step + 2), 6)]));
  const short: Panel = {
    ...panel,
    length: step + 2,
    spot: cut(panel.spot),
    perpetual: cut(panel.perpetual),
    inverse: cut(panel.inverse),
    stablecoin: cut(panel.stablecoin),
  };
  assert.deepEqual(requirements(short, step), asked);
});

test("our model has the past of every coin and peg that it is asked about", () => {
  const { series } = historyOf(panel, coins);
  assert.deepEqual([...series.keys()].sort(), ["price:USDC", "spot:BTC", "spot:ETH", "spot:XYZ"]);
});

test("a model does not margin deposits that it asks nothing for", () => {
  const models = new ModelPanel(parameters, ["plimsoll-cross", "span", "aave-v3"]);
  const held = openBook(named("BTC held"), 0, at)!.asked;
  const [asked] = models.ask([held], at.market, historyOf(panel, coins));
  const [ours, cross, span, aave] = asked!.initialUsd;
  assert.ok(ours! > 0 && cross! > 0 && aave! > 0);
  assert.ok(Number.isNaN(span));
});
