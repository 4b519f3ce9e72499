import { limitOfText, textChecker } from "./binary-field.ts";
import { commandFields } from "./command-fields.ts";
import { type Command } from "./commands.ts";
import { contradiction } from "./contradiction.ts";
import {
  type Field,
  type Fields,
  type IntegerField,
  type ListField,
  type NumberField,
  type TextField,
} from "./field.ts";
import { type Rejection } from "./rejections.ts";

/** Stands for "this field is not acceptable"; why is in the {@link Refusals} that were passed along. */
const refused: unique symbol = Symbol("refused");

/** The limit of a field that a record does not have. */
export const noSuchField = "left out: there is no such field";

/** Collects the first reason. Paths are put together on the way out, so that a good command builds none. */
class Refusals {
  rejection: Rejection | undefined;

  refuse(value: unknown, limit: number | string): typeof refused {
    this.rejection ??= { code: "malformed", field: "", value: shown(value), limit };
    return refused;
  }

  within(part: string): typeof refused {
    const { rejection } = this;
    if (rejection !== undefined) {
      const { field } = rejection;
      const path = field === "" || field.startsWith("[") ? `${part}${field}` : `${part}.${field}`;
      this.rejection = { ...rejection, field: path };
    }
    return refused;
  }
}

/** The value, in at most 80 characters. */
function shown(value: unknown): number | string {
  if (typeof value === "number" && Number.isFinite(value) && !Object.is(value, -0)) return value;
  if (typeof value === "string") return value.slice(0, 80).toWellFormed();
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (value === undefined) return "missing";
  if (value === null || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : typeof value;
}

type Complete = (value: unknown, refusals: Refusals) => unknown;

function completeInteger({ min, max, default: fallback }: IntegerField): Complete {
  const limit = `an integer from ${min} to ${max}`;
  return (value, refusals) => {
    if (value === undefined && fallback !== undefined) return fallback;
    const fits =
      typeof value === "number" &&
      Number.isInteger(value) &&
      value >= min &&
      value <= max &&
      !Object.is(value, -0);
    return fits ? value : refusals.refuse(value, limit);
  };
}

function completeNumber({ min, max, default: fallback }: NumberField): Complete {
  const limit = `a number from ${min} to ${max}`;
  return (value, refusals) => {
    if (value === undefined && fallback !== undefined) return fallback;
    const fits = typeof value === "number" && value >= min && value <= max && !Object.is(value, -0);
    return fits ? value : refusals.refuse(value, limit);
  };
}

function completeText(field: TextField): Complete {
  const allowed = textChecker(field);
  const limit = limitOfText(field);
  return (value, refusals) => {
    if (value === undefined && field.default !== undefined) return field.default;
    return typeof value === "string" && allowed(value) ? value : refusals.refuse(value, limit);
  };
}

function completeList({ of, minCount = 0, maxCount }: ListField): Complete {
  const item = completer(of);
  const limit = `a list of ${minCount} to ${maxCount}`;
  return (value, refusals) => {
    if (!Array.isArray(value) || value.length < minCount || value.length > maxCount) {
      return refusals.refuse(value, limit);
    }
    const list: unknown[] = [];
    for (let i = 0; i < value.length; i++) {
      const completed = item(value[i], refusals);
      if (completed === refused) return refusals.within(`[${i}]`);
      list.push(completed);
    }
    return list;
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Objects come out with the same properties in the same order, whatever came in. Inherited properties count for nothing. */
function completeObject(fields: Fields, head: Readonly<Record<string, string>>): Complete {
  const names = Object.keys(fields);
  const parts = names.map((name) => completer(fields[name]!));
  const template: Record<string, unknown> = { ...head };
  for (const name of names) template[name] = 0;
  const headCount = Object.keys(head).length;
  return (value, refusals) => {
    if (!isObject(value)) return refusals.refuse(value, "an object");
    const object: Record<string, unknown> = { ...template };
    let given = headCount;
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const own = Object.hasOwn(value, name);
      if (own) given++;
      const completed = parts[i]!(own ? value[name] : undefined, refusals);
      if (completed === refused) return refusals.within(name);
      object[name] = completed;
    }
    const keys = Object.keys(value);
    if (keys.length !== given) {
      const unknown = keys.find((key) => !Object.hasOwn(template, key)) ?? "";
      refusals.refuse(value[unknown], noSuchField);
      return refusals.within(unknown.slice(0, 40).toWellFormed());
    }
    return object;
  };
}

function completer(field: Field): Complete {
  if (field.kind === "integer") return completeInteger(field);
  if (field.kind === "number") return completeNumber(field);
  if (field.kind === "text") return completeText(field);
  if (field.kind === "list") return completeList(field);
  if (field.kind === "record") return completeObject(field.fields, {});
  const fallback = field.default;
  if (field.kind === "boolean") {
    return (value, refusals) => {
      if (typeof value === "boolean") return value;
      return value === undefined && fallback !== undefined
        ? fallback
        : refusals.refuse(value, "true or false");
    };
  }
  const words = new Set<unknown>(field.of);
  const limit = `one of ${field.of.join(", ")}`;
  return (value, refusals) => {
    if (words.has(value)) return value;
    return value === undefined && fallback !== undefined ? fallback : refusals.refuse(value, limit);
  };
}

/** Tells why a value cannot be a field's, if so. Paths begin below the field. */
export function refusalOf(field: Field): (value: unknown) => Rejection | undefined {
  const complete = completer(field);
  return (value) => {
    const refusals = new Refusals();
    complete(value, refusals);
    return refusals.rejection;
  };
}

const completers: ReadonlyMap<unknown, Complete> = new Map(
  Object.entries(commandFields).map(([type, fields]) => [type, completeObject(fields, { type })]),
);

/**
 * Makes a command of what came in as JSON, or of anything: checks every field's type and bounds and that the fields can stand together,
 * refuses unknown ones, and fills in defaults. The command is a new object; `value` may be anything and is only read.
 */
export function completeCommand(value: unknown): Command | Rejection {
  const refusals = new Refusals();
  if (!isObject(value)) {
    refusals.refuse(value, "an object");
    refusals.within("command");
    return refusals.rejection!;
  }
  const type = Object.hasOwn(value, "type") ? value["type"] : undefined;
  const complete = completers.get(type);
  if (complete === undefined) {
    refusals.refuse(type, "the type of a command, such as placeOrder");
    refusals.within("type");
    return refusals.rejection!;
  }
  const completed = complete(value, refusals);
  if (refusals.rejection !== undefined) return refusals.rejection;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table of fields has every field of the type
  const command = completed as Command;
  return contradiction(command) ?? command;
}

/** Tells what {@link completeCommand} gives apart. */
export const isRejection = (value: Command | Rejection): value is Rejection => "code" in value;
