import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { PlimsollError } from "../../quantity/error.ts";
import {
  type ByteReader,
  type ByteWriter,
  DirtyLeaves,
  readSnapshot,
  type StateHead,
  type StateSection,
  StateTree,
  verifyProof,
  writeSnapshot,
} from "./index.ts";

/** The smallest store there can be: a list of byte strings. */
class Texts implements StateSection {
  readonly dirty = new DirtyLeaves();
  readonly leaves: Uint8Array[] = [];
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  get leafCount(): number {
    return this.leaves.length;
  }

  set(leaf: number, bytes: Uint8Array): void {
    while (this.leaves.length < leaf) this.leaves.push(new Uint8Array(0));
    this.leaves[leaf] = bytes;
    this.dirty.mark(leaf);
  }

  encodeLeaf(leaf: number, out: ByteWriter): void {
    out.raw(this.leaves[leaf]!);
  }

  decodeLeaf(leaf: number, from: ByteReader): void {
    while (this.leaves.length < leaf) this.leaves.push(new Uint8Array(0));
    this.leaves[leaf] = from.raw(from.remaining).slice();
  }

  finishRestore(leafCount: number): void {
    while (this.leaves.length < leafCount) this.leaves.push(new Uint8Array(0));
  }
}

// The twin: docs/state-root.md word for word, from scratch, with another library.

const sha = (...parts: Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();
const domain = (label: string): Buffer =>
  Buffer.alloc(64).fill(`plimsoll-state-1:${label}`, 0, 17 + label.length);
const little = (value: number, bytes: number): Buffer => {
  const out = Buffer.alloc(bytes);
  out.writeUIntLE(value, 0, bytes);
  return out;
};

function rootFromScratch(sections: readonly Texts[], head: StateHead): Buffer {
  const parts = sections
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((section) => {
      let level = section.leaves.map((bytes, leaf) =>
        bytes.length === 0
          ? sha(domain("empty"))
          : sha(domain(`leaf:${section.name}`), little(leaf, 4), bytes),
      );
      let width = 1;
      while (width < level.length) width *= 2;
      while (level.length < width) level.push(sha(domain("empty")));
      while (level.length > 1) {
        level = level.flatMap((left, i) => (i % 2 === 0 ? [sha(domain("node"), left, level[i + 1]!)] : []));
      }
      const name = Buffer.from(section.name);
      return Buffer.concat([little(name.length, 4), name, little(section.leaves.length, 4), level[0]!]);
    });
  return sha(
    domain("root"),
    little(head.sequence, 6),
    little(head.timeMs, 6),
    little(sections.length, 2),
    ...parts,
  );
}

const change = fc.record({ section: fc.nat(2), leaf: fc.nat(40), bytes: fc.uint8Array({ maxLength: 90 }) });
const batches = fc.array(fc.array(change, { maxLength: 12 }), { minLength: 1, maxLength: 8 });
const makeSections = (): Texts[] => [new Texts("zebra"), new Texts("accounts"), new Texts("m-1")];

test("a root kept up to date equals the root from scratch, and a tree built afresh", () => {
  fc.assert(
    fc.property(batches, (changes) => {
      const sections = makeSections();
      const tree = new StateTree(sections);
      for (const [i, batch] of changes.entries()) {
        for (const { section, leaf, bytes } of batch) sections[section]!.set(leaf, bytes);
        const head = { sequence: i, timeMs: 1_790_000_000_000 + i };
        const root = tree.root(head);
        assert.deepEqual(Buffer.from(root), rootFromScratch(sections, head));
        assert.deepEqual(new StateTree(sections.toReversed()).root(head), root);
      }
    }),
    { seed: 20261124, numRuns: 150 },
  );
});

test("every leaf can be proved, and a proof of anything else fails", () => {
  fc.assert(
    fc.property(batches, fc.nat(), fc.nat(255), (changes, pick, flip) => {
      const sections = makeSections();
      const tree = new StateTree(sections);
      for (const batch of changes) {
        for (const { section, leaf, bytes } of batch) sections[section]!.set(leaf, bytes);
      }
      const head = { sequence: 7, timeMs: 8 };
      const root = tree.root(head);
      for (const section of sections) {
        for (let leaf = 0; leaf < section.leafCount; leaf++) {
          const proof = tree.prove(head, section.name, leaf);
          assert.ok(verifyProof(proof, root));
          const bytes = proof.bytes.slice();
          if (bytes.length > 0) {
            bytes[pick % bytes.length]! ^= flip | 1;
            assert.equal(verifyProof({ ...proof, bytes }, root), false);
            assert.equal(verifyProof({ ...proof, leaf: leaf ^ 1 }, root), false);
          }
          assert.equal(verifyProof({ ...proof, bytes: Uint8Array.of(1, ...proof.bytes) }, root), false);
          assert.equal(verifyProof({ ...proof, leaf: leaf + 64 }, root), false);
          assert.equal(verifyProof({ ...proof, path: proof.path.slice(1) }, root), false);
          assert.equal(verifyProof({ ...proof, head: { ...head, sequence: 8 } }, root), false);
          const other = sections.find((of) => of !== section)!.name;
          assert.equal(verifyProof({ ...proof, section: other }, root), false);
          assert.equal(verifyProof({ ...proof, section: "nothing" }, root), false);
        }
      }
    }),
    { seed: 20261124, numRuns: 25 },
  );
});

const filled = (): Texts[] => {
  const sections = makeSections();
  sections[1]!.set(0, Buffer.from("first"));
  sections[1]!.set(5, Buffer.from("sixth"));
  sections[1]!.set(7, new Uint8Array(0));
  sections[0]!.set(3, Buffer.alloc(300_000, 7));
  sections[0]!.set(9, Buffer.alloc(300_000, 9));
  return sections;
};

const isRefused = (error: unknown): boolean =>
  error instanceof PlimsollError && error.code === "PLM_SNAPSHOT";

test("a snapshot restores the same leaves and root, cut into pieces of any size", async () => {
  const head = { sequence: 123_456_789_012, timeMs: 1_790_000_000_000 };
  const sections = filled();
  const root = new StateTree(sections).root(head);
  const pieces = [...writeSnapshot(sections, head, root)];
  assert.ok(pieces.length > 2, "big leaves close frames");
  const whole = Buffer.concat(pieces);
  for (const size of [1000, 4096, 300_000, whole.length]) {
    const again = makeSections();
    const cut: Uint8Array[] = [];
    for (let at = 0; at < whole.length; at += size) cut.push(whole.subarray(at, at + size));
    const restored = await readSnapshot(cut, again);
    assert.deepEqual(restored.head, head);
    assert.deepEqual(restored.root, root);
    for (const [i, section] of again.entries()) {
      assert.ok(Buffer.concat(section.leaves).equals(Buffer.concat(sections[i]!.leaves)));
      assert.equal(section.leafCount, sections[i]!.leafCount);
    }
    again[2]!.set(1, Buffer.from("later"));
    const next = { sequence: 123_456_789_013, timeMs: 1_790_000_000_001 };
    assert.deepEqual(Buffer.from(restored.tree.root(next)), rootFromScratch(again, next));
  }
});

test("a snapshot with any byte changed, missing or added is refused", async () => {
  const sections = makeSections();
  sections[1]!.set(2, Buffer.from("third"));
  sections[2]!.set(0, Buffer.from("x"));
  const head = { sequence: 1, timeMs: 2 };
  const whole = Buffer.concat([...writeSnapshot(sections, head, new StateTree(sections).root(head))]);
  await readSnapshot([whole], makeSections());
  for (let at = 0; at < whole.length; at++) {
    const altered = Buffer.from(whole);
    altered[at]! ^= 1 + (at % 255);
    await assert.rejects(readSnapshot([altered], makeSections()), isRefused, `byte ${at}`);
    await assert.rejects(readSnapshot([whole.subarray(0, at)], makeSections()), isRefused, `${at} bytes`);
  }
  await assert.rejects(readSnapshot([whole, Uint8Array.of(0)], makeSections()), isRefused);
  await assert.rejects(readSnapshot([whole], makeSections().slice(1)), isRefused);
  await assert.rejects(readSnapshot([whole], [...makeSections(), new Texts("new")]), isRefused);
});

test("a snapshot whose frames are intact but whose root is another state's is refused", async () => {
  const sections = filled();
  const head = { sequence: 1, timeMs: 2 };
  const wrong = new StateTree(makeSections()).root(head);
  const pieces = [...writeSnapshot(sections, head, wrong)];
  await assert.rejects(readSnapshot(pieces, makeSections()), isRefused);
});

test("a forged snapshot, whose frames' hashes are right, is refused whatever its store makes of it", async () => {
  class Fragile extends Texts {
    override decodeLeaf(leaf: number, from: ByteReader): void {
      if (from.remaining > 3) throw new RangeError("Invalid array length");
      super.decodeLeaf(leaf, from);
    }
  }
  const forged = new Texts("fragile");
  forged.set(0, Buffer.from("longer than it can be"));
  const head = { sequence: 1, timeMs: 2 };
  const pieces = [...writeSnapshot([forged], head, new StateTree([forged]).root(head))];
  await assert.rejects(readSnapshot(pieces, [new Fragile("fragile")]), isRefused);
  await readSnapshot(pieces, [new Texts("fragile")]);
});
