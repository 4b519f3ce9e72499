import { noSuchField, refusalOf } from "../../clearing/protocol/complete.ts";
import { type Field } from "../../clearing/protocol/field.ts";
import { didYouMean } from "../../market/closest.ts";
import { parseDecimal } from "../../quantity/decimal.ts";
import { PlimsollError } from "../../quantity/error.ts";

/** Throws `PLM_FIELD` for what a field cannot be. `path` is where the value stands. */
export type Check = (value: unknown, path: string) => void;

/** A check for each field of `T`, whichever member of a union it is. */
export type ChecksOf<T> = { readonly [F in T extends unknown ? keyof T : never]-?: Check };

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

function fail(field: string, value: unknown, limit: string, remedy: string): never {
  throw new PlimsollError("PLM_FIELD", { field, value, limit, remedy });
}

const remedyFor = (field: string, value: unknown): string =>
  value === undefined ? `Add ${field}.` : `Correct ${field}; docs/client.md shows each command.`;

/** Long names are shortened: they are whatever a program made of a stranger's data. */
const shortName = (name: string): string => name.slice(0, 64);

/** An object that has these fields and no others. */
export function record(fields: Readonly<Record<string, Check>>): Check {
  const names = Object.keys(fields);
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      const field = path === "" ? "input" : path;
      fail(field, value, `an object with ${names.join(", ")}`, remedyFor(field, value));
    }
    for (const [name, given] of Object.entries(value)) {
      if (Object.hasOwn(fields, name)) continue;
      const absent = names.filter((known) => !Object.hasOwn(value, known));
      fail(
        join(path, shortName(name)),
        given,
        noSuchField,
        didYouMean(name, absent, `Leave it out; the fields are ${names.join(", ")}.`),
      );
    }
    for (const name of names) fields[name]!(Reflect.get(value, name), join(path, name));
  };
}

export function list(of: Check, most: number): Check {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < 1 || value.length > most) {
      fail(path, value, `a list of 1 to ${most}`, remedyFor(path, value));
    }
    value.forEach((item: unknown, i) => of(item, `${path}[${i}]`));
  };
}

/** May be left out. */
export const optional =
  (check: Check): Check =>
  (value, path) => {
    if (value !== undefined) check(value, path);
  };

/** As the command's own field is checked; left out, it has its default. */
export function as(field: Field): Check {
  if (field.kind === "record") {
    return record(Object.fromEntries(Object.entries(field.fields).map(([name, of]) => [name, as(of)])));
  }
  if (field.kind === "list" && field.of.kind === "record") return list(as(field.of), field.maxCount);
  const refused = refusalOf(field);
  return (value, path) => {
    const why = refused(value);
    if (why === undefined) return;
    const at = why.field === "" || why.field.startsWith("[") ? `${path}${why.field}` : join(path, why.field);
    const words = field.kind === "choice" && typeof value === "string" ? field.of : [];
    fail(at, value, String(why.limit), didYouMean(String(value), words, remedyFor(at, value)));
  };
}

/** A decimal of any sign. What steps it must keep to is known only with what it is of. */
export const decimal: Check = (value, path) => {
  if (typeof value === "string" || typeof value === "number") parseDecimal(value, path);
  else fail(path, value, 'a decimal as text, such as "0.5", or a number', remedyFor(path, value));
};

const signed =
  (limit: string, fits: (coefficient: bigint) => boolean): Check =>
  (value, path) => {
    decimal(value, path);
    const isRead = typeof value === "string" || typeof value === "number";
    if (!isRead || !fits(parseDecimal(value, path).coefficient))
      fail(path, value, limit, remedyFor(path, value));
  };

/** A decimal above 0: in commands a 0 stands for "none", which here is told by leaving the field out. */
export const positive: Check = signed("above 0", (coefficient) => coefficient > 0n);
export const notZero: Check = signed("not 0", (coefficient) => coefficient !== 0n);
