import assert from "node:assert/strict";
import { test } from "node:test";
import { PlimsollError } from "../../quantity/index.ts";
import { barsCsv, folderOf, hourMs, startMs } from "../../../test/laboratory/price-folder.ts";
import { baseOf, dayMs, partedByCoin, PriceSeries, readPanels, removeSpikes } from "./panels.ts";

test("pairs give their coin", () => {
  assert.equal(baseOf("BTCUSDT"), "BTC");
  assert.equal(baseOf("BTCUSD_PERP"), "BTC");
  assert.equal(baseOf("1000PEPEUSDT"), "1000PEPE");
  assert.equal(baseOf("USDCUSDT"), "USDC");
  assert.equal(baseOf("USTUSDT"), "UST");
  assert.equal(baseOf("BTC-PERP"), undefined);
});

test("a series joins two instants only without a gap longer than what is bridged", () => {
  const series = new PriceSeries(Float64Array.of(1, Number.NaN, 2, Number.NaN, Number.NaN, 3, 4), 1);
  assert.equal(series.joins(0, 2), true);
  assert.equal(series.joins(2, 5), false);
  assert.equal(series.joins(5, 6), true);
  assert.equal(series.joins(0, 1), false);
  assert.equal(series.joins(0, 99), false);
});

test("a name that comes back at another price level is another coin", () => {
  const day = (index: number, price: number): [number, number] => [index * dayMs, price];
  const luna = new Map([day(0, 80), day(1, 60), day(2, 0.0001), day(20, 9), day(21, 8)]);
  assert.deepEqual(
    [...partedByCoin("LUNA", luna)].map(([name, bars]) => [name, [...bars.values()]]),
    [
      ["LUNA", [80, 60, 0.0001]],
      ["LUNA-2", [9, 8]],
    ],
  );
  const delisted = new Map([day(0, 2.5), day(300, 1.5)]);
  assert.deepEqual([...partedByCoin("FTT", delisted).keys()], ["FTT"]);
});

test("a day that leaves and comes back is a spike, a day that stays is not", () => {
  const ether = new Map(Array.from({ length: 8 }, (_, day) => [day * dayMs, 1_000] as const));
  const ratios = [1, 1.05, 1, 0.99, 0.94, 0.95, 0.99, 1];
  const staked = new Map(ratios.map((ratio, day) => [day * dayMs, ratio * 1_000] as const));
  removeSpikes(staked, ether);
  assert.deepEqual(
    [...staked.keys()].map((timeMs) => timeMs / dayMs),
    [0, 2, 3, 4, 5, 6, 7],
  );
});

test("closes are known when their bar ends, whatever the folders are called after their kind", () => {
  const folder = folderOf({
    "spot_1h_2031_2032/AAAUSDT.csv": barsCsv([1, 2, 3]),
    "perp_1h_2040/BBBUSDT.csv": barsCsv([5, 6], startMs + hourMs),
    "stablecoin_1h_other/USDXUSDT.csv": barsCsv([1]),
  });
  const { hourly, missing } = readPanels([folder]);
  assert.equal(hourly.startMs, startMs + hourMs);
  assert.deepEqual([...hourly.spot.keys()], ["AAA"]);
  assert.deepEqual([...hourly.spot.get("AAA")!.values], [1, 2, 3]);
  assert.deepEqual([...hourly.perpetual.get("BBB")!.values], [Number.NaN, 5, 6]);
  assert.deepEqual([...hourly.stablecoin.keys()], ["USDX"]);
  assert.ok(missing.includes("inverse_perp_1h") && missing.includes("lst_wrapped_daily"));
});

test("a later folder fills in what the first lacks", () => {
  const first = folderOf({ "spot_1h_a/AAAUSDT.csv": barsCsv([1, 2, undefined, undefined]) });
  const second = folderOf({ "spot_1h_b/AAAUSDT.csv": barsCsv([9, 9, 3, 4]) });
  assert.deepEqual([...readPanels([first, second]).hourly.spot.get("AAA")!.values], [1, 2, 3, 4]);
});

test("folders without prices, and folders that are not there, are refused", () => {
  const code = (expected: string) => (error: unknown) =>
    error instanceof PlimsollError && error.code === expected;
  assert.throws(() => readPanels([folderOf({ "notes.csv": "a,b\n" })]), code("PLM_DATA_GAP"));
  assert.throws(() => readPanels(["/nowhere/at/all"]), code("PLM_FILE"));
  const damaged = folderOf({ "spot_1h_a/AAAUSDT.csv.gz": "not gzip" });
  assert.throws(() => readPanels([damaged]), code("PLM_FILE"));
});
