import assert from "node:assert/strict";
import { test } from "node:test";
import { coinOf, roleOf } from "./table-roles.ts";

test("symbols of venues name their coin", () => {
  const coins = {
    BTCUSDT: "BTC",
    "BTC-PERP": "BTC",
    BTCUSD_PERP: "BTC",
    ETHUSDC: "ETH",
    SOL: "SOL",
    "1000PEPEUSDT": "1000PEPE",
    USDCUSDT: "USDC",
    stETH: "stETH",
    "BTCUSDT_2021-01-08_quotes": "",
    X: "",
  };
  for (const [symbol, coin] of Object.entries(coins)) assert.equal(coinOf(symbol), coin, symbol);
});

test("a table's role goes by its columns, then by its path", () => {
  const bars = ["ts_ms", "open", "high", "low", "close", "volume"];
  const coins = (file: string, columns: readonly string[], symbol: string): readonly object[] | string => {
    const role = roleOf(file, columns);
    return typeof role === "string" ? role : role.coins(symbol);
  };
  assert.deepEqual(coins("perp_1m/BTC-PERP.csv.gz", bars, "BTC-PERP"), [{ role: "perpetual", coin: "BTC" }]);
  assert.deepEqual(coins("spot_1h/BTCUSDT.csv", bars, "BTCUSDT"), [{ role: "spot", coin: "BTC" }]);
  assert.deepEqual(coins("stablecoin_1h/USDCUSDT.csv", bars, "USDCUSDT"), [{ role: "asset", coin: "USDC" }]);
  assert.deepEqual(coins("stablecoin_1h/TUSDUSDT.csv", bars, "TUSDUSDT"), []);
  assert.deepEqual(coins("funding.csv", ["symbol", "ts_ms", "rate"], "ETHUSDT"), [
    { role: "funding", coin: "ETH" },
  ]);
  assert.deepEqual(coins("lst.csv", ["ts_ms", "eth_usd", "steth_eth"], "lst"), [
    { role: "ratio", coin: "stETH", selection: { column: "steth_eth", times: "ETH" } },
  ]);
  assert.equal(
    coins("perp_mark_1h/BTCUSDT.csv", bars, "BTCUSDT"),
    "another venue's marks: this one makes its own",
  );
  assert.equal(
    coins("oi.csv", ["symbol", "ts_ms", "oi_usd"], "BTCUSDT"),
    "no prices of a coin, funding or option chains",
  );
  assert.equal(coins("notes.csv", ["a", "b"], ""), "no column ts_ms");
});
