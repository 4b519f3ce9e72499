import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { black76Price } from "../pricing/index.ts";
import { PlimsollError } from "../quantity/index.ts";
import { chainsCommand } from "./chains.ts";
import { surfaceCommand } from "./surface.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "plimsoll-chains-"));
});
after(() => rmSync(folder, { recursive: true }));

/** A chain of two snapshots, two expiries and nine strikes; one put of the later expiry is marked too high. */
function chainText(): string {
  const lines = ["ts_ms,currency,expiry_ms,strike,type,forward,index,bid,ask,mark,iv,delta,vega,oi,volume"];
  for (const timeMs of [1_767_000_000_000, 1_767_086_400_000]) {
    for (const days of [10, 40]) {
      const expiryMs = Date.UTC(2026, 0, 10 + days, 8);
      for (const strike of [1400, 1600, 1700, 1800, 1900, 2000, 2100, 2200, 2400]) {
        for (const optionType of ["call", "put"] as const) {
          const k = Math.log(strike / 1900);
          const vol = 0.6 - 0.1 * k + 0.5 * k * k;
          const expiryYears = (expiryMs - timeMs) / 31_536_000_000;
          const price = black76Price({ optionType, forward: 1900, strike, expiryYears, vol }) / 1900;
          const mark = strike === 1800 && optionType === "put" && days === 40 ? price + 0.02 : price;
          const type = optionType === "call" ? "C" : "P";
          lines.push(
            `${timeMs},ETH,${expiryMs},${strike},${type},1900,1899,,,${mark.toFixed(6)},${vol.toFixed(4)},0,0,5,0`,
          );
        }
      }
    }
  }
  return `${lines.join("\n")}\n`;
}

test("a folder of chains is studied, other tables skipped by name", async () => {
  writeFileSync(join(folder, "a.csv.gz"), gzipSync(chainText()));
  writeFileSync(join(folder, "prices.csv"), "ts_ms,close\n1,2\n");
  writeFileSync(join(folder, "notes.txt"), "not a table");
  const { text, json } = await chainsCommand([folder]);
  const data = JSON.parse(JSON.stringify(json));
  assert.equal(data.rows, 72);
  assert.equal(data.snapshots, 2);
  assert.deepEqual(data.files, [join(folder, "a.csv.gz")]);
  assert.deepEqual(data.skipped, [{ file: join(folder, "prices.csv"), reason: "not an option chain" }]);
  assert.equal(data.surfaces.fitted, 4);
  assert.equal(data.surfaces.withinOnePoint, 1);
  assert.ok(data.inversion.worstRoundTripOverForward <= 1e-14);
  assert.equal(data.arbitrage.counts["marks butterfly"], 2);
  const butterflies = data.arbitrage.findings.filter(
    ({ kind, source }: { kind: string; source: string }) => kind === "butterfly" && source === "marks",
  );
  assert.deepEqual(
    butterflies.map(({ instruments }: { instruments: string[] }) => instruments.at(-1)),
    ["ETH-19FEB26-1800-P", "ETH-19FEB26-1800-P"],
  );
  assert.match(data.reprice.worst[0].instrument, /^ETH-19FEB26-1800-P$/);
  for (const part of [
    "PRICE",
    "VOLATILITY",
    "SURFACES",
    "ARBITRAGE",
    "2025-12-29T09:20",
    "ETH-19FEB26-1800-P",
  ]) {
    assert.ok(text.includes(part), part);
  }
});

test("a damaged file in a folder is skipped with its reason; named, it is the error", async () => {
  const damaged = mkdtempSync(join(folder, "damaged-"));
  writeFileSync(join(damaged, "a.csv"), chainText());
  writeFileSync(join(damaged, "b.csv.gz"), gzipSync(chainText()).subarray(0, 200));
  const { text, json } = await chainsCommand([damaged]);
  assert.equal(JSON.parse(JSON.stringify(json)).rows, 72);
  assert.match(text, /Skipped, PLM_FILE: .*damaged.*b\.csv\.gz/s);
  await assert.rejects(
    chainsCommand([join(damaged, "b.csv.gz")]),
    (error) => error instanceof PlimsollError && error.code === "PLM_FILE",
  );
});

test("a file named directly must be a chain, and a folder must hold one", async () => {
  const refused: readonly [string, string, RegExp][] = [
    [join(folder, "prices.csv"), "PLM_CSV_SYNTAX", /prices\.csv:1/],
    [join(folder, "none.csv"), "PLM_FILE", /none\.csv/],
    [join(folder, "header.csv"), "PLM_FILE", /header\.csv.*quotes/],
  ];
  writeFileSync(
    join(folder, "header.csv"),
    "ts_ms,currency,expiry_ms,strike,type,forward,index,bid,ask,mark,iv\n",
  );
  writeFileSync(join(folder, "prices.csv"), "ts_ms,close\n1,2\n");
  for (const [path, code, message] of refused) {
    await assert.rejects(
      chainsCommand([path]),
      (error) => error instanceof PlimsollError && error.code === code && message.test(error.message),
    );
  }
  const empty = mkdtempSync(join(folder, "empty-"));
  await assert.rejects(
    chainsCommand([empty]),
    (error) => error instanceof PlimsollError && error.code === "PLM_FILE" && error.field === "paths",
  );
});

test("surface of a chain: table, findings, and the smiles as data", async () => {
  const file = join(folder, "b.csv");
  writeFileSync(file, chainText());
  const { text, json } = await surfaceCommand({ market: file, at: "1767086400000", underlying: "ETH" });
  assert.match(text, /2026-02-19/);
  assert.match(text, /butterfly \(marks\): .*ETH-19FEB26-1800-P/);
  const data = JSON.parse(JSON.stringify(json));
  const [surface] = data.surfaces;
  assert.equal(surface.underlying, "ETH");
  assert.equal(surface.expiries.length, 2);
  assert.ok(surface.expiries[0].rmseVolPoints < 0.5);
  assert.equal(surface.expiries[0].smile.length, 18);
  assert.equal(surface.expiries[0].slice.expiryMs, surface.expiries[0].expiryMs);
  await assert.rejects(
    surfaceCommand({ market: file, underlying: "BTC" }),
    (error) =>
      error instanceof PlimsollError && error.code === "PLM_UNKNOWN" && error.field === "--underlying",
  );
});

test("the synthetic market's surfaces are shown as synthetic", async () => {
  const { text } = await surfaceCommand({});
  assert.match(text, /^SYNTHETIC market/);
});

test("the smiles are drawn", async () => {
  const { readFileSync } = await import("node:fs");
  const chart = join(folder, "smiles.svg");
  await surfaceCommand({ chart });
  const svg = readFileSync(chart, "utf8");
  assert.match(svg, /^<svg/);
  assert.match(svg, /implied volatility/);
});
