export { ByteReader, ByteWriter } from "./bytes.ts";
export { DirtyLeaves } from "./dirty-leaves.ts";
export { type StateSection } from "./section.ts";
export {
  type InclusionProof,
  type SectionRoot,
  type StateHead,
  StateTree,
  verifyProof,
} from "./state-tree.ts";
export { readSnapshot, type RestoredState, SnapshotReader } from "./snapshot-read.ts";
export { writeSnapshot } from "./snapshot-write.ts";
export { type InclusionProofJson, proofFromJson, proofToJson, toHex } from "./proof-json.ts";
