import { type InclusionProof, type SectionRoot } from "./state-tree.ts";
import { PlimsollError } from "../../quantity/error.ts";

/** A proof as JSON: bytes are hex digits after `0x`. */
export interface InclusionProofJson {
  readonly sequence: number;
  readonly timeMs: number;
  readonly section: string;
  readonly leaf: number;
  readonly bytes: string;
  readonly path: readonly string[];
  readonly sections: readonly { readonly name: string; readonly leafCount: number; readonly root: string }[];
}

const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Hex digits after `0x`. */
export function toHex(bytes: Uint8Array): string {
  let hex = "0x";
  for (const byte of bytes) hex += hexPairs[byte];
  return hex;
}

export function proofToJson({
  head,
  section,
  leaf,
  bytes,
  path,
  sections,
}: InclusionProof): InclusionProofJson {
  return {
    ...head,
    section,
    leaf,
    bytes: toHex(bytes),
    path: path.map(toHex),
    sections: sections.map(({ name, leafCount, root }) => ({ name, leafCount, root: toHex(root) })),
  };
}

/**
 * Reads a proof that anyone may have written. Whether it proves anything is for `verifyProof` to say.
 *
 * @throws {PlimsollError} `PLM_FIELD`
 */
export function proofFromJson(value: unknown): InclusionProof {
  const proof = objectAt("proof", value);
  return {
    head: { sequence: countAt("sequence", proof["sequence"]), timeMs: countAt("timeMs", proof["timeMs"]) },
    section: textAt("section", proof["section"]),
    leaf: countAt("leaf", proof["leaf"]),
    bytes: bytesAt("bytes", proof["bytes"], mostLeafBytes),
    path: listAt("path", proof["path"]).map((hash, i) => bytesAt(`path[${i}]`, hash, 32)),
    sections: listAt("sections", proof["sections"]).map((of, i): SectionRoot => {
      const section = objectAt(`sections[${i}]`, of);
      return {
        name: textAt(`sections[${i}].name`, section["name"]),
        leafCount: countAt(`sections[${i}].leafCount`, section["leafCount"]),
        root: bytesAt(`sections[${i}].root`, section["root"], 32),
      };
    }),
  };
}

const mostItems = 256;
const mostLeafBytes = 0x100_0000;

function wrong(field: string, value: unknown, limit: string): never {
  throw new PlimsollError("PLM_FIELD", {
    field,
    value,
    limit,
    remedy: "Compare the proof with docs/state-root.md.",
  });
}

function objectAt(field: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return wrong(field, value, "an object");
  return { ...value };
}

function listAt(field: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value) || value.length > mostItems) {
    return wrong(field, value, `a list of at most ${mostItems}`);
  }
  return value;
}

function countAt(field: string, value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    return wrong(field, value, "an integer from 0 to 2^53 − 1");
  }
  return value;
}

function textAt(field: string, value: unknown): string {
  return typeof value === "string" ? value : wrong(field, value, "a text");
}

function bytesAt(field: string, value: unknown, most: number): Uint8Array {
  const text = textAt(field, value);
  if (text.length > 2 + 2 * most || !/^0x(?:[0-9a-f]{2})*$/.test(text)) {
    return wrong(field, text, `0x and pairs of lower-case hex digits, at most ${most}`);
  }
  const bytes = new Uint8Array(text.length / 2 - 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 + 2 * i, 4 + 2 * i), 16);
  return bytes;
}
