import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { barsCsv, folderOf, madeUpCloses } from "../../../test/laboratory/price-folder.ts";
import { randomStream } from "../../numerics/index.ts";
import { parseMarginParameters, portfolioMargin } from "../../risk/index.ts";
import { drawPeople } from "../crash/people.ts";
import { crashFunds, type CrashFund, worstLoss } from "./crash-fund.ts";
import { historyOf, openBook, RecordedInstant } from "./delta-one.ts";
import { hourMs, type Panel, readPanels, stepAt } from "./panels.ts";

const parameters = parseMarginParameters(
  readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
);
// prices begin on 2022-01-01; the crash is on the hundredth day, at its fifth hour
const days = 101;
const crashHour = 99 * 24 + 5;
const window = { name: "made up", from: "2022-04-10", to: "2022-04-10" };

function panelOf(fall: number): Panel {
  const table = (seed: number, price: number, beta: number): string =>
    barsCsv(
      madeUpCloses({ seed, hours: days * 24, price, beta }).map((close, hour) =>
        hour >= crashHour ? close * (1 - fall * beta) : close,
      ),
    );
  const folder = folderOf({
    "spot_1h_made/BTCUSDT.csv": table(1, 40_000, 1),
    "spot_1h_made/ETHUSDT.csv": table(2, 3_000, 1.2),
  });
  return readPanels([folder]).hourly;
}

const traders = 40;
const population = {
  seed: 1,
  traders,
  coins: new Map([
    [
      window.name,
      [
        { name: "ETH", volumeUsd: 1 },
        { name: "BTC", volumeUsd: 2 },
      ],
    ],
  ]),
};
const fundOf = (panel: Panel): CrashFund => {
  const [fund] = crashFunds(panel, [window], { parameters, population, everyHours: 1 });
  assert.ok(fund);
  return fund;
};

const fallen = panelOf(0.5);
const fund = fundOf(fallen);

test("what is unpaid in the worst hour is each account's loss beyond its own requirement", () => {
  const [hour] = fund.losses;
  assert.equal(hour!.hours, 1);
  assert.equal(hour!.worstMs, Date.parse(window.from) + 6 * hourMs, "a close is known when its bar ends");
  assert.equal(hour!.startMs, hour!.worstMs - hourMs);
  const coins = ["BTC", "ETH"];
  const people = drawPeople(
    randomStream(1_000_001),
    traders,
    coins.map((name) => ({ name, initialMarginPpm: 40_000, isCollateral: true })),
    1 / 24,
  );
  const step = stepAt(fallen, hour!.startMs);
  const at = new RecordedInstant(fallen, step, coins);
  const rule = portfolioMargin(parameters, historyOf(fallen, coins));
  let [beyondUsd, beyond] = [0, 0];
  for (const { legs, collateral, equityUsd } of people) {
    const held = collateral === "USDC" ? [] : [{ kind: "coin" as const, symbol: collateral, usd: equityUsd }];
    const book = openBook(
      {
        name: "one",
        type: "one",
        asset: "",
        track: "delta-one",
        group: "plain",
        legs: () => [
          ...legs.map(({ coin, usd }) => ({ kind: "perpetual" as const, symbol: coin, usd })),
          ...held,
        ],
      },
      0,
      at,
    );
    const { initialMargin, components } = rule.margin(book!.asked.portfolio, at.market);
    const charge = (id: string): number =>
      components.find((one) => one.id === "add-ons")?.children?.find((one) => one.id === id)?.initial ?? 0;
    let lossUsd = 0;
    for (const { symbol, usd } of [...legs.map(({ coin, usd }) => ({ symbol: coin, usd })), ...held]) {
      const prices = fallen.spot.get(symbol)!;
      lossUsd -= usd * (prices.at(step + 1) / prices.at(step) - 1);
    }
    const short = lossUsd + charge("half-spread") + charge("price-impact") - initialMargin;
    if (short <= 0) continue;
    beyondUsd += short;
    beyond += 1;
  }
  assert.ok(beyond > 5 && beyond < traders);
  assert.equal(hour!.accountsBeyond, beyond);
  assert.ok(Math.abs(hour!.beyondUsd / beyondUsd - 1) < 1e-6, `${hour!.beyondUsd} ${beyondUsd}`);
});

test("longer windows hold shorter ones, and a day without a fall leaves nothing unpaid", () => {
  const [hour, four, day] = fund.losses;
  assert.ok(hour!.beyondUsd <= four!.beyondUsd && four!.beyondUsd <= day!.beyondUsd);
  assert.equal(worstLoss(fund)!.beyondUsd, day!.beyondUsd);
  const calm = fundOf(panelOf(0));
  assert.deepEqual(
    calm.losses.map(({ beyondUsd }) => beyondUsd),
    [0, 0, 0],
  );
});

test("the fund is sized by what was known when the crash began", () => {
  const sizes = (one: CrashFund): unknown => ({ ...one, losses: [] });
  assert.deepEqual(sizes(fundOf(panelOf(0.8))), sizes(fund));
  assert.ok(fund.coverOneUsd > 0 && fund.coverTwoUsd >= fund.coverOneUsd && fund.allUsd >= fund.coverTwoUsd);
  assert.ok(fund.tails[0]!.expectedShortfallUsd <= fund.tails[1]!.expectedShortfallUsd);
});

test("a crash without prices is left out", () => {
  const never = { name: window.name, from: "2019-01-01", to: "2019-01-01" };
  assert.deepEqual(crashFunds(fallen, [never], { parameters, population, everyHours: 1 }), []);
});
