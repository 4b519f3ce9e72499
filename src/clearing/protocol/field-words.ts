import {
  type BooleanField,
  type ChoiceField,
  type Field,
  type IntegerField,
  type ListField,
  type NumberField,
  type RecordField,
  type TextField,
} from "./field.ts";

/** Bounds that several fields share. */
export const bounds = {
  /** Accounts, instruments, orders of one list: what fits a signed 32-bit column, so that −1 can stand for "none". */
  index: 0x7fff_ffff,
  /** Assets, underlyings and price feeds. */
  listing: 0xffff,
  /** 9999-12-31T23:59:59.999Z. */
  timeMs: 253_402_300_799_999,
  /** A billion units of quote currency. */
  priceMicros: 1_000_000_000_000_000,
  ticks: 0x7fff_ffff,
  lots: 0x100_0000_0000,
  ppm: 1_000_000,
  /** Rates and ratios that may pass the whole: a thousand times it. */
  ratePpm: 1_000_000_000,
  /** A longest duration: 366 days. */
  durationMs: 31_622_400_000,
  nameLength: 64,
  referenceLength: 128,
  /** A risk document: JSON in ASCII, short enough for one record of the journal. */
  documentLength: 0x38_0000,
  signerLength: 66,
} as const;

/** An address or a session key, as in `Envelope.signer`. */
export const signerPattern = "^(0x[0-9a-f]{40}|[0-9a-f]{64})$";
/** A session key: an Ed25519 public key in lower-case hex. */
export const sessionKeyPattern = "^[0-9a-f]{64}$";
const namePattern = "^[A-Za-z0-9][A-Za-z0-9._:/+-]*$";
const optionalNamePattern = "^([A-Za-z0-9][A-Za-z0-9._:/+-]*)?$";
const printablePattern = "^[ -~]+$";

export const integer = (about: string, min: number, max: number, fallback?: number): IntegerField => ({
  kind: "integer",
  about,
  min,
  max,
  ...(fallback === undefined ? {} : { default: fallback }),
});

/** A safe integer of either sign, such as an amount that can be owed. */
export const signed = (about: string, fallback?: number): IntegerField =>
  integer(about, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, fallback);

/** A count or an amount from 0, or from `min`. */
export const count = (about: string, min: number = 0, fallback?: number): IntegerField =>
  integer(about, min, Number.MAX_SAFE_INTEGER, fallback);

export const number = (about: string, min: number, max: number): NumberField => ({
  kind: "number",
  about,
  min,
  max,
});

/** Any well-formed text. */
export const text = (about: string, maxLength: number, pattern?: string, fallback?: string): TextField => ({
  kind: "text",
  about,
  maxLength,
  ...(pattern === undefined ? {} : { pattern }),
  ...(fallback === undefined ? {} : { default: fallback }),
});

export const name = (about: string): TextField => text(about, bounds.nameLength, namePattern);
/** A name, or nothing. */
export const optionalName = (about: string): TextField =>
  text(about, bounds.nameLength, optionalNamePattern, "");
/** Printable ASCII. */
export const printable = (about: string, maxLength: number): TextField =>
  text(about, maxLength, printablePattern);
export const signer = (about: string): TextField => text(about, bounds.signerLength, signerPattern);
export const sessionKey = (about: string): TextField => text(about, bounds.nameLength, sessionKeyPattern);

export const flag = (about: string, fallback?: boolean): BooleanField => ({
  kind: "boolean",
  about,
  ...(fallback === undefined ? {} : { default: fallback }),
});

/**
 * One of the words of a union. Each comes with the number that stands for it in bytes: numbers count from 0, are never given anew,
 * and a new word takes the next one.
 */
export function choice<T extends string>(
  about: string,
  numbers: Readonly<Record<T, number>>,
  fallback?: NoInfer<T>,
): ChoiceField {
  const of: string[] = [];
  for (const [word, number] of Object.entries<number>(numbers)) of[number] = word;
  return { kind: "choice", about, of, ...(fallback === undefined ? {} : { default: fallback }) };
}

export const list = (about: string, of: Field, maxCount: number, minCount: number = 0): ListField => ({
  kind: "list",
  about,
  of,
  maxCount,
  minCount,
});

/** `name` is the record's type in EIP-712 and in the API documents. */
export const record = (
  about: string,
  name: string,
  fields: Readonly<Record<string, Field>>,
): RecordField => ({
  kind: "record",
  about,
  name,
  fields,
});

// Fields that many commands and events have.

export const account: IntegerField = integer("The account's number.", 0, bounds.index);
export const instrument: IntegerField = integer("The instrument's number.", 0, bounds.index);
export const asset: IntegerField = integer("The asset's number.", 0, bounds.listing);
export const underlying: IntegerField = integer("The underlying's number.", 0, bounds.listing);
export const feed: IntegerField = integer("The price feed's number.", 0, bounds.listing);
export const units: IntegerField = count("Amount in units of the asset, 10^-decimals of it each.", 1);
export const lots: IntegerField = integer("Size in lots of the instrument.", 1, bounds.lots);
export const ppmOfWhole = (about: string, fallback?: number): IntegerField =>
  integer(about, 0, bounds.ppm, fallback);
export const ratePpm = (about: string, fallback?: number): IntegerField =>
  integer(about, 0, bounds.ratePpm, fallback);
export const time = (about: string, fallback?: number): IntegerField =>
  integer(about, 0, bounds.timeMs, fallback);
export const priceMicros = (about: string, min: number = 1): IntegerField =>
  integer(about, min, bounds.priceMicros);
