import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PlimsollError } from "../quantity/index.ts";
import { type Market, parsePortfolio, type Portfolio, syntheticMarket } from "../market/index.ts";
import { certifyCommand } from "./certify.ts";
import { plimsollGrid, venueGrids } from "./certify-grids.ts";
import { defaultMarginParameters } from "./parameters.ts";
import { main } from "./main.ts";
import { gridLoss, legsOf, lossAt, lossProblem, underlyingBooks } from "../risk/certify/index.ts";
import {
  type LossBox,
  type MarginComponent,
  riskClassOf,
  type UnderlyingCertificate,
} from "../risk/index.ts";
import { curveForward } from "../risk/option-vol.ts";
import {
  readDecimal,
  readPm1Params,
  readPm2Params,
  sheetReader,
} from "../risk/venues/derive/parameter-sheet.ts";
import { volMultipliers } from "../risk/venues/derive/pm-inputs.ts";
import {
  deribitPortfolioModel,
  derivePm1Sheet,
  derivePm2Sheet,
  okxPortfolioModel,
  paradexPortfolioModel,
  spanModel,
} from "../risk/venues/index.ts";

interface Data {
  readonly upperUsd: number;
  readonly witnessUsd: number;
  readonly underlyings: readonly (Omit<UnderlyingCertificate, "area"> & {
    readonly box: LossBox;
    readonly volatility: string;
  })[];
}
const dataOf = async (options: Parameters<typeof certifyCommand>[0]): Promise<Data> =>
  JSON.parse(JSON.stringify((await certifyCommand(options)).json)) as Data;
const page = readFileSync(new URL("../../docs/certify.md", import.meta.url), "utf8");

test("the command that opens docs/certify.md prints what the page shows, but for the time", async () => {
  const [, shown] = /```sh\nplimsoll certify\n```\n\n```text\n([\s\S]*?)```/.exec(page) ?? [];
  const { text } = await certifyCommand({});
  const timeless = (it: string): string => it.replace(/in [\d.,]+ ms/, "in … ms").trim();
  assert.equal(timeless(text), timeless(shown ?? ""));
});

test("the comparison that docs/certify.md shows is what is printed", async () => {
  const [, book, shown] =
    /```sh\nplimsoll certify (examples\/\S+\.json) --compare\n```\n\n```text\n([\s\S]*?)```/.exec(page) ?? [];
  assert.ok(book !== undefined && shown !== undefined);
  const { text } = await certifyCommand({
    portfolio: new URL(`../../${book}`, import.meta.url).pathname,
    compare: true,
  });
  assert.ok(text.includes(shown.trim()), text);
});

test("the example book: certificate, witness, contributions and gap agree", async () => {
  const data = await dataOf({});
  assert.deepEqual(
    data.underlyings.map(({ underlying }) => underlying),
    ["BTC", "ETH"],
  );
  for (const one of data.underlyings) {
    const sum = one.contributions.reduce((total, { pnlUsd }) => total + pnlUsd, 0);
    assert.ok(Math.abs(sum + one.witness.lossUsd) < 1e-6);
    assert.ok(one.gapShare <= 0.0001 && one.upperUsd >= one.witness.lossUsd);
  }
  const tight = await dataOf({ gap: "0.000001" });
  assert.ok(tight.upperUsd <= data.upperUsd && tight.witnessUsd >= data.witnessUsd);
  assert.ok(tight.upperUsd >= data.witnessUsd);
});

test("boxes by hand: still volatility, one-sided spot, the margin model's shocks by tenor", async () => {
  const still = await dataOf({ spot: "0.1", vol: "1..1" });
  for (const { box, witness } of still.underlyings) {
    assert.deepEqual(box, { spotDown: -0.1, spotUp: 0.1, volDown: 1, volUp: 1 });
    assert.equal(witness.vol, 1);
  }
  const nothing = await dataOf({ spot: "0..0", vol: "1..1" });
  assert.ok(Math.abs(nothing.upperUsd) < 1e-3);
  const tenor = await dataOf({ shape: "tenor" });
  assert.equal(tenor.underlyings[0]?.volatility, "share");
  const wide = await dataOf({ spot: "-0.5..1", vol: "0.5..3" });
  assert.ok(wide.upperUsd > still.upperUsd);
});

test("bad options are named with what would have been accepted", async () => {
  for (const [options, field] of [
    [{ spot: "lots" }, "--spot"],
    [{ spot: "1.5" }, "--spot"],
    [{ spot: "0.2..-0.2" }, "--spot"],
    [{ spot: "-1..0" }, "--spot"],
    [{ vol: "0.5" }, "--vol"],
    [{ vol: "-1..2" }, "--vol"],
    [{ vol: "1..2..3" }, "--vol"],
    [{ shape: "steep" }, "--shape"],
    [{ shape: "tenor", vol: "1..2" }, "--vol"],
    [{ gap: "0" }, "--gap"],
    [{ gap: "0x1" }, "--gap"],
    [{ cells: "1e9" }, "--cells"],
  ] as const) {
    await assert.rejects(certifyCommand(options), (error) => {
      assert.ok(error instanceof PlimsollError && error.code === "PLM_USAGE");
      assert.equal(error.field, field);
      return true;
    });
  }
  assert.equal(await main(["certify", "--spot", "much"]), 2);
});

const parameters = await defaultMarginParameters();
const market = syntheticMarket({ seed: 3, asOfMs: Date.UTC(2026, 0, 5, 9), size: "small" });
const portfolio: Portfolio = parsePortfolio(
  JSON.stringify({
    schema: "plimsoll/portfolio@1",
    name: "options",
    balances: [],
    positions: [...market.instruments.values()]
      .filter(({ kind, underlying }) => kind === "option" && underlying === "BTC")
      .map(({ id }, at) => ({ instrument: id, size: String(((at * 7) % 11) - 5) }))
      .filter(({ size }) => size !== "0"),
  }),
);
const books = underlyingBooks(
  portfolio,
  market,
  (underlying) => riskClassOf(parameters, underlying).defaultVol,
);

test("the grids are the venues': their models find the same loss in them", () => {
  const [book] = books;
  assert.ok(book);
  const find = (components: readonly MarginComponent[], id: string): MarginComponent | undefined => {
    for (const component of components) {
      const found = component.id === id ? component : find(component.children ?? [], id);
      if (found) return found;
    }
    return undefined;
  };
  for (const [model, component] of [
    [spanModel(), "scan-BTC"],
    [paradexPortfolioModel(), "scan-BTC"],
  ] as const) {
    const grid = venueGrids.find(({ id }) => id === model.id)?.gridOf("BTC");
    assert.ok(grid);
    const scanned = find(model.margin(portfolio, market).components, component)?.[
      model.id === "span" ? "maintenance" : "initial"
    ];
    const { lossUsd } = gridLoss(book, grid);
    assert.ok(lossUsd > 0 && scanned !== undefined);
    // The models let no option be worth less than nothing, and this market's marks are rounded prices.
    assert.ok(Math.abs(lossUsd / scanned - 1) < 1e-5, `${model.id}: ${lossUsd} is not ${scanned}`);
  }
});

/** The same options, settled in dollars. */
const dollarMarket: Market = {
  ...market,
  instruments: new Map(
    [...market.instruments].map(([id, one]) => [
      id,
      one.kind === "option" ? { ...one, settlement: "linear" } : one,
    ]),
  ),
  quotes: new Map(
    [...market.quotes].map(([id, quote]) => {
      const one = market.instruments.get(id);
      return [
        id,
        one?.kind === "option" ? { ...quote, mark: quote.mark * curveForward(one, market) } : quote,
      ];
    }),
  ),
};

test("Deribit's and OKX's grids, of options that settle in dollars: the same profits point by point", () => {
  const mirrored = {
    ...portfolio,
    positions: portfolio.positions.map(({ instrument, size }) => ({
      instrument,
      size: { ...size, coefficient: -size.coefficient },
    })),
  };
  for (const [model, prefix] of [
    [deribitPortfolioModel(), "main-"],
    [okxPortfolioModel(), "mr1-"],
  ] as const) {
    const grid = venueGrids.find(({ id }) => id === model.id)?.gridOf("BTC");
    assert.ok(grid);
    const points = grid.points.filter(({ weight }) => weight === 1);
    let losses = 0;
    for (const held of [portfolio, mirrored]) {
      const [book] = underlyingBooks(held, dollarMarket, () => 1);
      assert.ok(book);
      const legs = legsOf(lossProblem(book, grid.axis));
      const all = model.margin(held, dollarMarket).scenarios ?? [];
      const scenarios = all.filter(({ id }) => id.startsWith(prefix));
      assert.equal(points.length, scenarios.length);
      for (const [at, { spot, vol }] of points.entries()) {
        const { id, pnlUsd } = scenarios[at] ?? { id: "", pnlUsd: NaN };
        // Gains count in part at Deribit.
        const lossUsd = lossAt(legs, spot, vol);
        if (lossUsd <= 0) continue;
        losses++;
        assert.ok(
          Math.abs(pnlUsd + lossUsd) < 1e-6 * legs.grossUsd,
          `${model.id} ${id}: ${pnlUsd} ${lossUsd}`,
        );
      }
    }
    assert.ok(losses >= points.length - 1);
  }
});

test("Derive's grids shock volatility as its managers do", () => {
  for (const [id, read] of [
    ["derive-pm1", () => readPm1Params(sheetReader(derivePm1Sheet.parameters, "parameters", readDecimal))],
    ["derive-pm2", () => readPm2Params(sheetReader(derivePm2Sheet.parameters, "parameters", readDecimal))],
  ] as const) {
    const axis = venueGrids.find((rule) => rule.id === id)?.gridOf("BTC")?.axis;
    assert.ok(axis);
    const { volShock } = read();
    const least = "minVolUpShock" in volShock ? Number(volShock.minVolUpShock) / 1e18 : 0;
    for (const days of [0.1, 0.9, 1, 7, 29, 30, 31, 180]) {
      const { up, down } = volMultipliers(days * 86_400, volShock);
      for (const vol of [0.1, 0.6]) {
        const [low = NaN, same, high = NaN] = axis.volsAt(vol, days / 365);
        assert.equal(same, vol);
        assert.ok(Math.abs(low - (vol * Number(down)) / 1e18) < 1e-9);
        assert.ok(Math.abs(high - Math.max(least, (vol * Number(up)) / 1e18)) < 1e-9);
      }
    }
  }
});

test("every grid's box holds its undamped points, and its inner box is part of it", () => {
  for (const rule of [...venueGrids, plimsollGrid(parameters)]) {
    for (const underlying of ["BTC", "ETH"]) {
      const grid = rule.gridOf(underlying);
      assert.ok(grid, rule.id);
      const { box, inner, points, axis } = grid;
      assert.ok(points.length >= 9);
      for (const { spot, vol, weight } of points) {
        const within = spot >= box.spotDown && spot <= box.spotUp;
        assert.equal(within, weight === 1, `${rule.id} ${spot}`);
        assert.ok(vol >= (axis.nodes[0] ?? 1) && vol <= (axis.nodes.at(-1) ?? -1));
      }
      assert.ok(inner.spotDown >= box.spotDown && inner.spotUp <= box.spotUp && inner.spotDown < 0);
    }
  }
});
