import { type BinaryField, binaryRecord } from "./binary-field.ts";
import { commandFields } from "./command-fields.ts";
import { type Command } from "./commands.ts";
import { type Envelope } from "./envelope.ts";
import { eventFields } from "./event-fields.ts";
import { type ClearingEvent } from "./events.ts";
import { type FieldsOfUnion } from "./field.ts";
import { bounds } from "./field-words.ts";
import { flatReader } from "./flat-commands.ts";
import { ForeignBytes } from "./foreign-bytes.ts";
import { signerKind, SignerReader, writeSigner } from "./signer-bytes.ts";
import { commandNumbers, eventNumbers } from "./type-numbers.ts";
import { invariant } from "../../quantity/error.ts";
import { type ByteWriter } from "../state/bytes.ts";

/** First byte of everything encoded here. */
export const formatVersion = 1;

const maxSequence = 0xffff_ffff_ffff;

/** The members of a union, told apart by `type`. */
class UnionCodec<T extends { readonly type: string }> {
  readonly #byType = new Map<string, { readonly number: number; readonly body: BinaryField }>();
  readonly #byNumber: (BinaryField | undefined)[] = Array.from({ length: 256 }, () => undefined);
  readonly #quick: (((from: ForeignBytes) => T | undefined) | undefined)[] = Array.from(
    { length: 256 },
    () => undefined,
  );

  /** `quickReader` may know a quicker way to read some types, which gives undefined where it finds anything wrong. */
  constructor(
    fields: FieldsOfUnion<T>,
    numbers: Readonly<Record<T["type"], number>>,
    quickReader: (type: string) => ((from: ForeignBytes) => T | undefined) | undefined,
  ) {
    for (const [type, number] of Object.entries<number>(numbers)) {
      const body = binaryRecord(fields[type as T["type"]], type, { type });
      invariant(this.#byNumber[number] === undefined, `type number ${number} is given once`);
      this.#byType.set(type, { number, body });
      this.#byNumber[number] = body;
      this.#quick[number] = quickReader(type);
    }
  }

  write(value: T, out: ByteWriter): void {
    const entry = this.#byType.get(value.type);
    invariant(entry !== undefined, `${value.type} has a number`);
    out.u8(entry.number);
    entry.body.write(value, out);
  }

  read(from: ForeignBytes): T {
    const number = from.u8();
    const quick = this.#quick[number]?.(from);
    if (quick !== undefined) return quick;
    const body = this.#byNumber[number] ?? from.fail("type", number, "the number of a known type");
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table of fields has every field of the type
    return body.read(from) as T;
  }
}

const commands = new UnionCodec<Command>(commandFields, commandNumbers, flatReader);
const events = new UnionCodec<ClearingEvent>(eventFields, eventNumbers, () => undefined);
const signers = new SignerReader();
/** Reads envelopes, one after another. */
const envelopeBytes = new ForeignBytes(new Uint8Array(0));

function requireVersion(from: ForeignBytes): void {
  const version = from.u8();
  if (version !== formatVersion) from.fail("format", version, `${formatVersion}`);
}

/** Writes a command: format, number, fields. Values outside their bounds are a broken invariant: `completeCommand` comes first. */
export function encodeCommand(command: Command, out: ByteWriter): void {
  out.u8(formatVersion);
  commands.write(command, out);
}

/** @throws {PlimsollError} `PLM_ENCODING` unless the bytes are exactly one command within its bounds. */
export function decodeCommand(bytes: Uint8Array): Command {
  const from = new ForeignBytes(bytes);
  requireVersion(from);
  const command = commands.read(from);
  from.finish();
  return command;
}

/** Writes an event, as {@link encodeCommand}. */
export function encodeEvent(event: ClearingEvent, out: ByteWriter): void {
  out.u8(formatVersion);
  events.write(event, out);
}

/** @throws {PlimsollError} `PLM_ENCODING` unless the bytes are exactly one event within its bounds. */
export function decodeEvent(bytes: Uint8Array): ClearingEvent {
  const from = new ForeignBytes(bytes);
  requireVersion(from);
  const event = events.read(from);
  from.finish();
  return event;
}

/** Bytes of a signature by this signer. */
export function signatureLength(signer: string): number {
  const kind = signerKind(signer);
  return kind === "address" ? 65 : kind === "sessionKey" ? 64 : 0;
}

/**
 * Writes an envelope: a record of the journal. The signature may be left out (no bytes), as in a simulation that signs nothing;
 * such a journal doesn't verify.
 */
export function encodeEnvelope(envelope: Envelope, out: ByteWriter): void {
  const { sequence, timeMs, signer, nonce, deadlineMs, signature, command } = envelope;
  invariant(
    sequence >= 0 && sequence <= maxSequence && Number.isInteger(sequence),
    "sequence within 48 bits",
  );
  invariant(timeMs >= 0 && timeMs <= bounds.timeMs && Number.isInteger(timeMs), "timeMs within bounds");
  invariant(nonce >= 0 && deadlineMs >= 0, "nonce and deadlineMs are not negative");
  invariant(
    signature.length === 0 || signature.length === signatureLength(signer),
    "a signature has its signer's length",
  );
  out.u8(formatVersion);
  out.u48(sequence);
  out.u48(timeMs);
  writeSigner(signer, out);
  out.integer(nonce);
  out.integer(deadlineMs);
  out.u8(signature.length);
  out.raw(signature);
  commands.write(command, out);
}

/**
 * Gives an encoded envelope its place and time, in its bytes: the sequencer's part, which is not signed. An envelope can so be encoded
 * once, when it arrives.
 */
export function stampEnvelope(bytes: Uint8Array, sequence: number, timeMs: number): void {
  invariant(
    sequence >= 0 && sequence <= maxSequence && Number.isInteger(sequence),
    "sequence within 48 bits",
  );
  invariant(timeMs >= 0 && timeMs <= bounds.timeMs && Number.isInteger(timeMs), "timeMs within bounds");
  invariant(bytes.length > 13 && bytes[0] === formatVersion, "an encoded envelope is stamped");
  stamp(bytes, 1, sequence);
  stamp(bytes, 7, timeMs);
}

/** Writes an unsigned integer below 2^48. */
function stamp(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  const low = value - high * 0x1_0000_0000;
  for (let i = 0; i < 4; i++) bytes[at + i] = low >>> (8 * i);
  bytes[at + 4] = high;
  bytes[at + 5] = high >>> 8;
}

const noSignature: Uint8Array = new Uint8Array(0);

function readCount(from: ForeignBytes, field: string): number {
  const count = from.i64();
  if (!(count >= 0 && count <= Number.MAX_SAFE_INTEGER)) from.fail(field, count, "0 to 2^53 − 1");
  return count;
}

/**
 * Reads an envelope; nothing is verified but the form. The signature is a view of `bytes`.
 *
 * @throws {PlimsollError} `PLM_ENCODING` unless the bytes are exactly one envelope within its bounds.
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const from = envelopeBytes;
  from.begin(bytes);
  requireVersion(from);
  const sequence = from.u48();
  const timeMs = from.u48();
  if (timeMs > bounds.timeMs) from.fail("timeMs", timeMs, `at most ${bounds.timeMs}`);
  const signer = signers.read(from);
  const nonce = readCount(from, "nonce");
  const deadlineMs = readCount(from, "deadlineMs");
  const length = from.u8();
  if (length !== 0 && length !== signatureLength(signer)) {
    from.fail("signature", `${length} bytes`, `0 or ${signatureLength(signer)} bytes`);
  }
  const signature = length === 0 ? noSignature : from.view(length);
  const command = commands.read(from);
  from.finish();
  return { sequence, timeMs, signer, nonce, deadlineMs, signature, command };
}
