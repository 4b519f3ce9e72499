import assert from "node:assert/strict";
import { test } from "node:test";
import { marketToDocument, syntheticMarket } from "../../market/index.ts";
import { ByteReader, ByteWriter } from "../state/bytes.ts";
import { ChunkedSection } from "./chunked-section.ts";
import { decodeMarket, encodeMarket } from "./market-codec.ts";

const market = syntheticMarket({ seed: 3, asOfMs: 1_767_225_600_000, size: "small" });

function encoded(): Uint8Array {
  const out = new ByteWriter();
  encodeMarket(market, out);
  return out.copy();
}

test("a market comes back from its bytes with every number bit for bit", () => {
  const back = decodeMarket(new ByteReader(encoded()));
  const [was, is] = [marketToDocument(market), marketToDocument(back)];
  assert.deepEqual(is.assets, was.assets);
  assert.deepEqual(is.underlyings, was.underlyings);
  assert.deepEqual(
    is.instruments,
    was.instruments.map(({ venue: _venue, ...instrument }) => instrument),
  );
  assert.deepEqual(
    is.quotes,
    was.quotes.map(({ timeMs: _timeMs, openInterest: _interest, ...quote }) => quote),
  );
  for (const { symbol, surface } of market.underlyings.values()) {
    const expiryMs = market.asOfMs + 1e9;
    const other = back.underlyings.get(symbol)?.surface;
    assert.deepEqual(other?.volAt(expiryMs, 0.1), surface?.volAt(expiryMs, 0.1));
  }
});

test("bytes in chunks: only chunks that changed are dirty, and all come back", () => {
  let restored: Uint8Array | undefined;
  const section = new ChunkedSection("bytes", () => {});
  const bytes = Uint8Array.from({ length: 10_000 }, (_, at) => at % 251);
  section.set(bytes);
  assert.deepEqual([...section.dirty.take()], [0, 1, 2]);
  const changed = bytes.slice();
  changed[5_000] = 255;
  section.set(changed);
  assert.deepEqual([...section.dirty.take()], [1]);
  section.set(changed.slice(0, 4_000));
  assert.equal(section.leafCount, 3);
  section.set(changed);
  const other = new ChunkedSection("bytes", (back) => {
    restored = back;
  });
  const out = new ByteWriter();
  for (let leaf = 0; leaf < section.leafCount; leaf++) {
    out.clear();
    section.encodeLeaf(leaf, out);
    other.decodeLeaf(leaf, new ByteReader(out.copy()));
  }
  other.finishRestore(section.leafCount);
  assert.deepEqual(restored, changed);
  assert.deepEqual(other.bytes, changed);
});
