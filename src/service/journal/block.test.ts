import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { extentOf, makeBlock, readBlock, readFirstSector, sectorBytes, type FoundBlock } from "./block.ts";

const previous = new Uint8Array(32).fill(3);
const fields = { kind: "records", recordCount: 2, firstSequence: 2 ** 40 + 1, term: 7, previous } as const;
const blocks = fc.record({
  payload: fc.uint8Array({ minLength: 1, maxLength: 3000 }),
  blockBytes: fc.constantFrom(512, 1024, 4096),
});

function read(bytes: Uint8Array, blockBytes: number): FoundBlock {
  const header = readFirstSector(bytes, 0);
  if ("state" in header) return header;
  if (extentOf(header.streamBytes, blockBytes) > bytes.length) return { state: "damaged", reason: "length" };
  return readBlock(bytes, 0, header, blockBytes);
}

test("a block is read back as it was made", () => {
  fc.assert(
    fc.property(blocks, ({ payload, blockBytes }) => {
      const { bytes, chain } = makeBlock(fields, payload, blockBytes);
      assert.equal(bytes.length % blockBytes, 0);
      const found = read(bytes, blockBytes);
      assert.equal(found.state, "whole");
      assert.deepEqual(found.payload, payload);
      const { kind, recordCount, firstSequence, term } = found.header;
      assert.deepEqual(
        { kind, recordCount, firstSequence, term },
        { kind: "records", recordCount: 2, firstSequence: 2 ** 40 + 1, term: 7 },
      );
      assert.deepEqual(Buffer.from(found.header.chain), Buffer.from(chain));
    }),
    { seed: 1, numRuns: 200 },
  );
});

test("any wrong bit is damage, never torn, never whole", () => {
  fc.assert(
    fc.property(blocks, fc.nat(), ({ payload, blockBytes }, at) => {
      const { bytes } = makeBlock(fields, payload, blockBytes);
      const bit = at % (bytes.length * 8);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(read(bytes, blockBytes).state, "damaged");
    }),
    { seed: 2, numRuns: 500 },
  );
});

test("any sector that was not written to its end is known, whatever it holds", () => {
  fc.assert(
    fc.property(blocks, fc.nat(), fc.nat(), ({ payload, blockBytes }, which, upTo) => {
      const { bytes } = makeBlock(fields, payload, blockBytes);
      const sector = (which % (bytes.length / sectorBytes)) * sectorBytes;
      bytes.fill(0, sector + (upTo % sectorBytes), sector + sectorBytes);
      assert.equal(read(bytes, blockBytes).state, sector === 0 ? "unwritten" : "torn");
    }),
    { seed: 3, numRuns: 300 },
  );
});

test("the chain depends on everything: payload, sequence, term, the block before", () => {
  const payload = new Uint8Array(100).fill(1);
  const chainOf = (change: object, bytes: Uint8Array = payload): string =>
    Buffer.from(makeBlock({ ...fields, ...change }, bytes, 512).chain).toString("hex");
  const chains = [
    chainOf({}),
    chainOf({}, new Uint8Array(100).fill(2)),
    chainOf({ firstSequence: 1 }),
    chainOf({ term: 8 }),
    chainOf({ kind: "open" }),
    chainOf({ recordCount: 1 }),
    chainOf({ previous: new Uint8Array(32) }),
  ];
  assert.equal(new Set(chains).size, chains.length);
});
