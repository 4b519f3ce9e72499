import { type ForeignBytes } from "./foreign-bytes.ts";
import { invariant } from "../../quantity/error.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";

/** What signs an envelope. */
export type SignerKind = "sequencer" | "address" | "sessionKey";

const addressLength = 42;
const sessionKeyLength = 64;

/** What a signer is, by its length; undefined if it is none of them. It says nothing of its digits. */
export function signerKind(signer: string): SignerKind | undefined {
  if (signer.length === addressLength) return "address";
  if (signer.length === sessionKeyLength) return "sessionKey";
  return signer.length === 0 ? "sequencer" : undefined;
}

const hexPairs: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

function nibble(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  return -1;
}

/** A kind (0 sequencer, 1 address, 2 session key) and the key's bytes. */
export function writeSigner(signer: string, out: ByteWriter): void {
  const kind = signerKind(signer);
  invariant(kind !== undefined, "a signer is an address, a session key or empty");
  out.u8(kind === "sequencer" ? 0 : kind === "address" ? 1 : 2);
  for (let i = kind === "address" ? 2 : 0; i < signer.length; i += 2) {
    const high = nibble(signer.charCodeAt(i));
    const low = nibble(signer.charCodeAt(i + 1));
    invariant(high >= 0 && low >= 0, "a signer is written in lower-case hex");
    out.u8(high * 16 + low);
  }
}

function hexOf(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += hexPairs[byte];
  return hex;
}

/** Reads from our own bytes what {@link writeSigner} wrote. */
export function readSigner(from: ByteReader): string {
  const kind = from.u8();
  invariant(kind <= 2, "a signer is of a known kind");
  if (kind === 0) return "";
  return kind === 1 ? `0x${hexOf(from.raw(20))}` : hexOf(from.raw(32));
}

const remembered = 4096;

/**
 * Reads signers and remembers their texts, since the same few come over and over and a text that is the same object is also found
 * faster in a map. What it gives does not depend on what it remembers.
 */
export class SignerReader {
  readonly #texts: (string | undefined)[] = Array.from({ length: remembered }, () => undefined);
  readonly #bytes: Uint8Array = new Uint8Array(remembered * 32);

  read(from: ForeignBytes): string {
    const kind = from.u8();
    if (kind === 0) return "";
    if (kind > 2) from.fail("signer", kind, "0, 1 or 2");
    const count = kind === 1 ? 20 : 32;
    const at = from.skip(count);
    const slot = (from.at(at) | (from.at(at + 1) << 8) | (from.at(at + 2) << 16)) & (remembered - 1);
    const text = this.#texts[slot];
    if (text !== undefined && text.length === (kind === 1 ? addressLength : sessionKeyLength)) {
      let i = 0;
      while (i < count && this.#bytes[slot * 32 + i] === from.at(at + i)) i++;
      if (i === count) return text;
    }
    const bytes = this.#bytes.subarray(slot * 32, slot * 32 + count);
    for (let i = 0; i < count; i++) bytes[i] = from.at(at + i);
    const fresh = kind === 1 ? `0x${hexOf(bytes)}` : hexOf(bytes);
    this.#texts[slot] = fresh;
    return fresh;
  }
}
