import fc from "fast-check";
import {
  type ClearingEvent,
  type Command,
  commandFields,
  type Envelope,
  eventFields,
  type Field,
  type Fields,
} from "../../src/clearing/protocol/index.ts";

/** Values that a field allows, its bounds among them more often than chance would have it. */
export function valuesOf(field: Field): fc.Arbitrary<unknown> {
  if (field.kind === "integer") {
    const { min, max } = field;
    const whole = fc.bigInt({ min: BigInt(min), max: BigInt(max) }).map(Number);
    return fc.oneof(whole, fc.constantFrom(min, max));
  }
  if (field.kind === "number")
    return fc.double({ min: field.min, max: field.max, noNaN: true }).map((value) => value + 0);
  if (field.kind === "boolean") return fc.boolean();
  if (field.kind === "choice") return fc.constantFrom(...field.of);
  if (field.kind === "list") {
    return fc.array(valuesOf(field.of), {
      minLength: field.minCount ?? 0,
      maxLength: Math.min(field.maxCount, 6),
    });
  }
  if (field.kind === "record") return recordOf(field.fields);
  const { maxLength, pattern } = field;
  if (pattern !== undefined) {
    return fc.stringMatching(new RegExp(pattern)).filter((text) => text.length <= maxLength);
  }
  return fc
    .string({ unit: "grapheme", maxLength: Math.min(maxLength, 40) })
    .filter((text) => text.length <= maxLength);
}

const recordOf = (fields: Fields): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, valuesOf(field)])), {
    noNullPrototype: true,
  });

const unionOf = (fields: Readonly<Record<string, Fields>>): fc.Arbitrary<Record<string, unknown>>[] =>
  Object.entries(fields).map(([type, of]) => recordOf(of).map((rest) => ({ type, ...rest })));

/** Commands within the bounds of their fields, though their fields may contradict each other. One arbitrary for each type. */
export const commandsByType = unionOf(commandFields) as unknown as fc.Arbitrary<Command>[];
export const anyCommand: fc.Arbitrary<Command> = fc.oneof(...commandsByType);
export const eventsByType = unionOf(eventFields) as unknown as fc.Arbitrary<ClearingEvent>[];
export const anyEvent: fc.Arbitrary<ClearingEvent> = fc.oneof(...eventsByType);

const hex = (length: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString("hex"));
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

const signed = fc.oneof(
  fc.record({ signer: hex(20).map((digits) => `0x${digits}`), signature: bytes(65) }),
  fc.record({ signer: hex(32), signature: fc.oneof(bytes(64), bytes(0)) }),
  fc.record({ signer: fc.constant(""), signature: bytes(0) }),
);

export const anyEnvelope: fc.Arbitrary<Envelope> = fc
  .record({
    sequence: fc.nat({ max: 0xffff_ffff_ffff }),
    timeMs: fc.nat({ max: 253_402_300_799_999 }),
    nonce: fc.maxSafeNat(),
    deadlineMs: fc.maxSafeNat(),
    signed,
    command: anyCommand,
  })
  .map(({ sequence, timeMs, nonce, deadlineMs, signed: { signer, signature }, command }) => ({
    sequence,
    timeMs,
    signer,
    nonce,
    deadlineMs,
    signature,
    command,
  }));
