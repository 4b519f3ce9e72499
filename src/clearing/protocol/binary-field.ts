import { type Field, type Fields, type IntegerField, type NumberField, type TextField } from "./field.ts";
import { type ForeignBytes } from "./foreign-bytes.ts";
import { invariant } from "../../quantity/error.ts";
import { type ByteWriter } from "../state/bytes.ts";

/** How a field is written and read. Writing a value outside the field's bounds is a broken invariant, reading one a `PLM_ENCODING`. */
export interface BinaryField {
  readonly write: (value: unknown, out: ByteWriter) => void;
  readonly read: (from: ForeignBytes) => unknown;
}

type Width = "u8" | "u16" | "u32" | "u48" | "i32" | "i64";

/** The fewest bytes that hold every value within the bounds. */
export function widthOf({ min, max }: IntegerField): Width {
  if (min < 0) return min >= -0x8000_0000 && max < 0x8000_0000 ? "i32" : "i64";
  if (max < 0x100) return "u8";
  if (max < 0x1_0000) return "u16";
  if (max < 0x1_0000_0000) return "u32";
  return max < 0x1_0000_0000_0000 ? "u48" : "i64";
}

const readers: Readonly<Record<Width, (from: ForeignBytes) => number>> = {
  u8: (from) => from.u8(),
  u16: (from) => from.u16(),
  u32: (from) => from.u32(),
  u48: (from) => from.u48(),
  i32: (from) => from.i32(),
  i64: (from) => from.i64(),
};

const writers: Readonly<Record<Width, (out: ByteWriter, value: number) => void>> = {
  u8: (out, value) => out.u8(value),
  u16: (out, value) => out.u16(value),
  u32: (out, value) => out.u32(value),
  u48: (out, value) => out.u48(value),
  i32: (out, value) => out.i32(value),
  i64: (out, value) => out.integer(value),
};

function integerField(field: IntegerField, name: string): BinaryField {
  const { min, max } = field;
  const write = writers[widthOf(field)];
  const read = readers[widthOf(field)];
  return {
    write: (value, out) => {
      if (typeof value !== "number" || !(value >= min && value <= max) || Math.floor(value) !== value) {
        outside(name, value);
      }
      write(out, value);
    },
    read: (from) => {
      const value = read(from);
      if (!(value >= min && value <= max)) from.fail(name, value, `an integer from ${min} to ${max}`);
      return value;
    },
  };
}

function numberField({ min, max }: NumberField, name: string): BinaryField {
  const within = (value: number): boolean => value >= min && value <= max && !Object.is(value, -0);
  return {
    write: (value, out) => {
      if (typeof value !== "number" || !within(value)) outside(name, value);
      out.float(value);
    },
    read: (from) => {
      const value = from.float();
      if (!within(value)) from.fail(name, value, `a number from ${min} to ${max}`);
      return value;
    },
  };
}

/** Whether a text is one that a field allows. */
export function textChecker({ maxLength, pattern }: TextField): (text: string) => boolean {
  const expression = pattern === undefined ? undefined : new RegExp(pattern, "u");
  return (text) =>
    text.length <= maxLength && text.isWellFormed() && (expression === undefined || expression.test(text));
}

const utf8 = new TextEncoder();

function textField(field: TextField, name: string): BinaryField {
  const allowed = textChecker(field);
  // A UTF-16 code unit takes at most three bytes.
  const long = field.maxLength * 3 > 0xffff;
  return {
    write: (value, out) => {
      if (typeof value !== "string" || !allowed(value)) outside(name, value);
      const bytes = utf8.encode(value);
      if (long) out.u32(bytes.length);
      else out.u16(bytes.length);
      out.raw(bytes);
    },
    read: (from) => {
      const text = from.text(long ? from.u32() : from.u16(), name);
      if (!allowed(text)) from.fail(name, text, limitOfText(field));
      return text;
    },
  };
}

/** What a text field allows, in words. */
export const limitOfText = ({ maxLength, pattern }: TextField): string =>
  `a text of at most ${maxLength} characters${pattern === undefined ? "" : ` like ${pattern}`}`;

function choiceField(of: readonly string[], name: string): BinaryField {
  const numbers = new Map<unknown, number>(of.map((word, i) => [word, i]));
  return {
    write: (value, out) => {
      const number = numbers.get(value);
      if (number === undefined) outside(name, value);
      out.u8(number);
    },
    read: (from) => {
      const number = from.u8();
      return of[number] ?? from.fail(name, number, `a number below ${of.length}`);
    },
  };
}

function booleanField(name: string): BinaryField {
  return {
    write: (value, out) => {
      if (typeof value !== "boolean") outside(name, value);
      out.u8(value ? 1 : 0);
    },
    read: (from) => {
      const byte = from.u8();
      if (byte > 1) from.fail(name, byte, "0 or 1");
      return byte === 1;
    },
  };
}

/** A record: its fields one after another. `head` gives it a first property that isn't in the bytes, such as `type`. */
export function binaryRecord(
  fields: Fields,
  path: string,
  head: Readonly<Record<string, string>> = {},
): BinaryField {
  const names = Object.keys(fields);
  const parts = names.map((name) => binaryField(fields[name]!, path === "" ? name : `${path}.${name}`));
  // All objects start as copies of one that has every property, so that they share one hidden class.
  const template: Record<string, unknown> = { ...head };
  for (const name of names) template[name] = 0;
  return {
    write: (value, out) => {
      if (!isRecord(value)) outside(path, value);
      for (let i = 0; i < names.length; i++) parts[i]!.write(value[names[i]!], out);
    },
    read: (from) => {
      const object: Record<string, unknown> = { ...template };
      for (let i = 0; i < names.length; i++) object[names[i]!] = parts[i]!.read(from);
      return object;
    },
  };
}

function listField(of: Field, minCount: number, maxCount: number, name: string): BinaryField {
  const item = binaryField(of, `${name}[]`);
  return {
    write: (value, out) => {
      if (!Array.isArray(value) || value.length < minCount || value.length > maxCount) outside(name, value);
      out.u16(value.length);
      for (const one of value) item.write(one, out);
    },
    read: (from) => {
      const count = from.u16();
      if (count < minCount || count > maxCount) from.fail(name, count, `${minCount} to ${maxCount} items`);
      const list: unknown[] = [];
      for (let i = 0; i < count; i++) list.push(item.read(from));
      return list;
    },
  };
}

/** The binary form of a field; `name` is its path, for messages. */
export function binaryField(field: Field, name: string): BinaryField {
  if (field.kind === "integer") return integerField(field, name);
  if (field.kind === "number") return numberField(field, name);
  if (field.kind === "text") return textField(field, name);
  if (field.kind === "choice") return choiceField(field.of, name);
  if (field.kind === "boolean") return booleanField(name);
  if (field.kind === "list") return listField(field.of, field.minCount ?? 0, field.maxCount, name);
  return binaryRecord(field.fields, name);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

function outside(name: string, value: unknown): never {
  invariant(false, `${name} ${String(value)} is outside its field's bounds and can't be written`);
}
