import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Market, syntheticMarket } from "../../market/index.ts";
import { exp, randomStream } from "../../numerics/index.ts";
import { parseMarginParameters } from "../../risk/index.ts";
import { chainsTrack } from "./chains-track.ts";
import { ModelPanel } from "./models.ts";
import { Observations } from "./observations.ts";
import { readPanels } from "./panels.ts";
import { horizonHours, type TrackContext } from "./track.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = Date.UTC(2026, 0, 12, 9);
const snapshots = 5;
const root = mkdtempSync(join(tmpdir(), "plimsoll-chains-"));
after(() => rmSync(root, { recursive: true, force: true }));
const parameters = parseMarginParameters(
  readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
);

const chainHeader = "ts_ms,currency,expiry_ms,strike,type,forward,index,mark,iv";
const marketAt = (day: number): Market =>
  syntheticMarket({ seed: 40 + day, asOfMs: startMs + day * dayMs, size: "full" });

/** Rows of the inverse options of a made-up market. */
function chainRows(market: Market): string[] {
  return [...market.instruments.values()].flatMap((instrument) => {
    const quote = market.quotes.get(instrument.id);
    if (instrument.kind !== "option" || instrument.settlement !== "inverse" || !quote) return [];
    const { underlying, expiryMs, strike, optionType } = instrument;
    const { indexUsd } = market.underlyings.get(underlying)!;
    const type = optionType === "call" ? "C" : "P";
    const { forward, mark, impliedVol } = quote;
    return [
      [market.asOfMs, underlying, expiryMs, strike, type, forward, indexUsd, mark, impliedVol].join(","),
    ];
  });
}

/** A folder of daily chains and of hourly closes before them, and up to them. */
function folderOf(
  name: string,
  changed: (market: Market, day: number) => Market = (market) => market,
): string {
  const folder = join(root, name);
  mkdirSync(join(folder, "spot_1h_test"), { recursive: true });
  mkdirSync(join(folder, "options_chain_test"), { recursive: true });
  const markets = Array.from({ length: snapshots }, (_, day) => changed(marketAt(day), day));
  const rows = markets.flatMap(chainRows);
  writeFileSync(join(folder, "options_chain_test", "all.csv"), [chainHeader, ...rows, ""].join("\n"));
  for (const coin of ["BTC", "ETH"]) {
    const draw = randomStream(coin.length + coin.charCodeAt(0));
    let close = 40_000;
    const bars = Array.from({ length: 90 * 24 }, (_, hour) => {
      close *= exp(0.006 * draw.nextNormal());
      return [startMs - (90 * 24 - hour) * hourMs, close, 1].join(",");
    });
    writeFileSync(
      join(folder, "spot_1h_test", `${coin}USDT.csv`),
      ["ts_ms,close,volume", ...bars, ""].join("\n"),
    );
  }
  return folder;
}

const models = ["plimsoll-cross", "deribit-portfolio"];

async function filled(folder: string, context: Partial<TrackContext> = {}): Promise<Observations> {
  const panel = new ModelPanel(parameters, models);
  const panels = readPanels([folder]);
  const whole: TrackContext = {
    folders: [folder],
    panels: () => panels,
    seed: 1,
    fromMs: 0,
    toMs: Infinity,
    quick: false,
    ...context,
  };
  const into = new Observations(chainsTrack.books(whole), panel.studied, horizonHours);
  for (let index = 0; index < chainsTrack.parts; index++) {
    // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- a track, not an array
    for await (const ms of chainsTrack.fill(whole, { index, count: chainsTrack.parts }, panel, into, 0))
      assert.ok(ms >= startMs);
  }
  return into;
}

/** Windows as text, by book, horizon and start: what was asked for, and what was lost. */
function windowsOf(observations: Observations): Map<string, { asked: string; loss: number; endMs: number }> {
  const { columns } = observations;
  return new Map(
    Array.from(columns.book, (book, row) => [
      `${observations.books[book]!.name} ${columns.horizon[row]} ${columns.startMs[row]}`,
      {
        asked: columns.initialUsd.map((column) => column[row]).join(" "),
        loss: columns.lossUsd[row]!,
        endMs: columns.endMs[row]!,
      },
    ]),
  );
}

const plain = windowsOf(await filled(folderOf("plain")));

test("daily chains give windows of a day and of two, that don't overlap, for the size whose turn it is", () => {
  const starts = (name: RegExp, hours: number): number[] =>
    [...plain.keys()]
      .filter((key) => name.test(key) && key.includes(` ${horizonHours.indexOf(hours)} `))
      .map((key) => (Number(key.split(" ").at(-1)) - startMs) / dayMs)
      .sort((a, b) => a - b);
  const shortPut = /^short put, 25 delta, 30 d, BTC/;
  assert.deepEqual(starts(shortPut, 24), [0, 1, 2, 3]);
  assert.deepEqual(starts(shortPut, 48), [0, 2]);
  assert.deepEqual(starts(shortPut, 6), []);
});

test("what is asked for does not depend on anything later", async () => {
  const changedFrom = 3;
  const changed = windowsOf(
    await filled(
      folderOf("changed", (market, day) =>
        day < changedFrom
          ? market
          : syntheticMarket({ seed: 900 + day, asOfMs: market.asOfMs, size: "full" }),
      ),
    ),
  );
  let compared = 0;
  let lossesDiffer = 0;
  for (const [key, { asked, loss, endMs }] of plain) {
    const other = changed.get(key);
    const opensMs = Number(key.split(" ").at(-1));
    if (opensMs >= startMs + changedFrom * dayMs || !other) continue;
    assert.equal(other.asked, asked, key);
    compared += 1;
    if (endMs < startMs + changedFrom * dayMs) assert.equal(other.loss, loss);
    else if (other.loss !== loss) lossesDiffer += 1;
  }
  assert.ok(compared > 300 && lossesDiffer > 50);
});

test("an earlier end gives the same windows, as far as they end by then", async () => {
  const toMs = startMs + 3 * dayMs + 1;
  const early = windowsOf(await filled(join(root, "plain"), { toMs }));
  assert.ok(early.size > 0);
  for (const [key, window] of early) assert.deepEqual(window, plain.get(key));
  assert.equal([...plain.values()].filter(({ endMs }) => endMs < toMs).length, early.size);
});

test("a folder without chains has no windows", async () => {
  const folder = folderOf("bare");
  rmSync(join(folder, "options_chain_test"), { recursive: true });
  assert.equal((await filled(folder)).count, 0);
});
