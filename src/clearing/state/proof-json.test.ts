import assert from "node:assert/strict";
import { test } from "node:test";
import { PlimsollError } from "../../quantity/error.ts";
import {
  DirtyLeaves,
  proofFromJson,
  proofToJson,
  type StateSection,
  StateTree,
  verifyProof,
} from "./index.ts";

const leaves = [1, 2, 3].map((fill) => new Uint8Array(20).fill(fill));
const section: StateSection = {
  name: "some",
  leafCount: leaves.length,
  dirty: new DirtyLeaves(),
  encodeLeaf: (leaf, out) => out.raw(leaves[leaf]!),
  decodeLeaf: () => assert.fail("nothing is restored"),
  finishRestore: () => assert.fail("nothing is restored"),
};
const head = { sequence: 7, timeMs: 8 };
const tree = new StateTree([section]);
const json = proofToJson(tree.prove(head, "some", 2));

test("a proof survives JSON", () => {
  const proof = proofFromJson(JSON.parse(JSON.stringify(json)));
  assert.deepEqual(proof, tree.prove(head, "some", 2));
  assert.ok(verifyProof(proof, tree.root(head)));
  assert.equal(json.bytes, `0x${"03".repeat(20)}`);
});

test("what is no proof is refused by name", () => {
  const cases: [unknown, string][] = [
    [null, "proof"],
    [{ ...json, leaf: -1 }, "leaf"],
    [{ ...json, timeMs: 0.5 }, "timeMs"],
    [{ ...json, section: 3 }, "section"],
    [{ ...json, bytes: "0xA0" }, "bytes"],
    [{ ...json, path: "0x" }, "path"],
    [{ ...json, path: Array.from({ length: 257 }, () => "0x") }, "path"],
    [{ ...json, path: ["0x00", 5] }, "path[1]"],
    [{ ...json, path: [`0x${"00".repeat(33)}`] }, "path[0]"],
    [{ ...json, sections: [null] }, "sections[0]"],
    [{ ...json, sections: [{ name: "some", leafCount: "3", root: "0x" }] }, "sections[0].leafCount"],
  ];
  for (const [value, field] of cases) {
    assert.throws(
      () => proofFromJson(value),
      (error) => error instanceof PlimsollError && error.code === "PLM_FIELD" && error.field === field,
    );
  }
  const short = proofFromJson({ ...json, path: json.path.map(() => "0x00") });
  assert.equal(verifyProof(short, tree.root(head)), false);
});
