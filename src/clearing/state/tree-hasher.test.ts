import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { ByteWriter, DirtyLeaves, type StateSection, StateTree } from "./index.ts";
import { compress, initialState } from "./sha256-twin.ts";
import { leafHash, nodeHash } from "./state-hash.ts";
import { bytesOf, TreeHasher, wordsOf } from "./tree-hasher.ts";

const engines = ["wasm", "typescript"] as const;

test("blocks of SHA-256 give the hash of FIPS 180-4, padded by the writer", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
      const out = new ByteWriter();
      out.raw(message);
      out.endSha256(message.length);
      assert.equal(out.length % 64, 0);
      const words = new Uint32Array(out.length / 4);
      out.bigEndianWords(words);
      const state = initialState.slice();
      for (let block = 0; block < words.length; block += 16) compress(state, 0, words, block, 1);
      assert.deepEqual(Buffer.from(bytesOf(state)), createHash("sha256").update(message).digest());
    }),
    { seed: 51, numRuns: 300 },
  );
});

test("the padding ends every length around a block", () => {
  for (let length = 0; length < 200; length++) {
    const out = new ByteWriter();
    out.raw(new Uint8Array(length));
    out.endSha256(length);
    assert.ok(
      out.length % 64 === 0 && out.length >= length + 9 && out.length < length + 9 + 64,
      String(length),
    );
  }
});

for (const engine of engines) {
  test(`nodes and leaves by four are hashed as one by one (${engine})`, () => {
    const hasher = new TreeHasher(engine);
    fc.assert(
      fc.property(fc.nat(1100), fc.array(fc.nat(900), { maxLength: 9 }), fc.nat(), (count, lengths, fill) => {
        const below = Uint32Array.from(
          { length: count * 16 },
          (_, i) => Math.imul(i + 1, 2_654_435_761) ^ fill,
        );
        const above = new Uint32Array(count * 8);
        const parents = Uint32Array.from({ length: count }, (_, i) => i);
        hasher.hashParents(below, above, parents, count);
        for (const parent of [0, 1, 3, 4, 511, 512, count - 1]) {
          if (parent < 0 || parent >= count) continue;
          const children = bytesOf(below.subarray(parent * 16, parent * 16 + 16));
          const expected = nodeHash(children.subarray(0, 32), children.subarray(32));
          assert.deepEqual(bytesOf(above.subarray(parent * 8, parent * 8 + 8)), expected);
        }
        const leaves = lengths.map((length, i) => new Uint8Array(length).fill(i + 1));
        const level = new Uint32Array(leaves.length * 8);
        hasher.hashLeaves(sectionOf(leaves), Uint32Array.from(leaves.keys()), level);
        for (const [i, leaf] of leaves.entries()) {
          assert.deepEqual(
            level.slice(i * 8, i * 8 + 8),
            wordsOf(leafHash("some", i, leaf)),
            `${leaf.length} bytes`,
          );
        }
      }),
      { seed: 52, numRuns: 60 },
    );
  });
}

function sectionOf(leaves: readonly Uint8Array[]): StateSection {
  return {
    name: "some",
    leafCount: leaves.length,
    dirty: new DirtyLeaves(),
    encodeLeaf: (leaf, out) => out.raw(leaves[leaf]!),
    decodeLeaf: () => assert.fail("nothing is restored"),
    finishRestore: () => assert.fail("nothing is restored"),
  };
}

test("both engines give the same root", () => {
  const leaves = Array.from({ length: 777 }, (_, i) => new Uint8Array(i % 150).fill(i));
  const head = { sequence: 5, timeMs: 6 };
  const [wasm, twin] = engines.map((engine) => new StateTree([sectionOf(leaves)], engine).root(head));
  assert.deepEqual(wasm, twin);
});
