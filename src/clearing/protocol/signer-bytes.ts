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

const keyWords = 8;
const firstPlaces = 1024;
/** Texts of so many signers are remembered, about 20 MB of them. */
const mostPlaces = 131_072;
/** Places, one after another, in which a signer may stand. */
const reach = 4;

/**
 * Reads signers and remembers their texts, since the same few come over and over and a text that is the same object is also found
 * faster in a map. What it gives does not depend on what it remembers.
 */
export class SignerReader {
  #places: number = firstPlaces;
  #count = 0;
  #texts: (string | undefined)[] = emptyTexts(firstPlaces);
  /** By place: 0 where nobody stands, else the kind; and the key's words. */
  #kinds: Uint8Array = new Uint8Array(firstPlaces);
  #words: Int32Array = new Int32Array(firstPlaces * keyWords);

  read(from: ForeignBytes): string {
    const kind = from.u8();
    if (kind === 0) return "";
    if (kind > 2) from.fail("signer", kind, "0, 1 or 2");
    const count = kind === 1 ? 5 : keyWords;
    const at = from.skip(count * 4);
    const home = homeOf(from.wordAt(at), from.wordAt(at + 4));
    const words = this.#words;
    for (let step = 0; step < reach; step++) {
      const place = (home + step) & (this.#places - 1);
      if (this.#kinds[place] !== kind) continue;
      let i = 0;
      while (i < count && words[place * keyWords + i] === from.wordAt(at + i * 4)) i++;
      if (i === count) return this.#texts[place]!;
    }
    const bytes = new Uint8Array(count * 4);
    for (let i = 0; i < bytes.length; i++) bytes[i] = from.byteAt(at + i);
    const text = kind === 1 ? `0x${hexOf(bytes)}` : hexOf(bytes);
    const key = new Int32Array(keyWords);
    for (let i = 0; i < count; i++) key[i] = from.wordAt(at + i * 4);
    if (this.#count * 2 >= this.#places && this.#places < mostPlaces) this.#grow();
    this.#remember(kind, key, text);
    return text;
  }

  #remember(kind: number, key: Int32Array, text: string): void {
    const home = homeOf(key[0]!, key[1]!);
    const mask = this.#places - 1;
    let place = home & mask;
    for (let step = 0; step < reach; step++) {
      if (this.#kinds[(home + step) & mask] !== 0) continue;
      place = (home + step) & mask;
      this.#count++;
      break;
    }
    this.#kinds[place] = kind;
    this.#words.set(key, place * keyWords);
    this.#texts[place] = text;
  }

  #grow(): void {
    const texts = this.#texts;
    const kinds = this.#kinds;
    const words = this.#words;
    this.#places *= 2;
    this.#count = 0;
    this.#texts = emptyTexts(this.#places);
    this.#kinds = new Uint8Array(this.#places);
    this.#words = new Int32Array(this.#places * keyWords);
    for (const [place, text] of texts.entries()) {
      if (text === undefined) continue;
      this.#remember(kinds[place]!, words.subarray(place * keyWords, (place + 1) * keyWords), text);
    }
  }
}

const emptyTexts = (count: number): (string | undefined)[] => Array.from({ length: count }, () => undefined);

const homeOf = (first: number, second: number): number =>
  Math.imul(first ^ Math.imul(second, 0x85eb_ca6b), 0x9e37_79b1) >>> 15;
