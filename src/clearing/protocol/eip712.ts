import { keccak256 } from "./keccak.ts";
import { commandFields } from "./command-fields.ts";
import { type Command, type CommandType } from "./commands.ts";
import { type Field, type Fields } from "./field.ts";
import { invariant } from "../../quantity/error.ts";

/** What a signature is bound to beside the command: one venue on one chain. From the genesis command. */
export interface SigningDomain {
  readonly venue: string;
  readonly chainId: number;
}

/** A domain's part of the digest, computed once. */
export type DomainSeparator = Uint8Array;

const utf8 = new TextEncoder();
const hashOf = (text: string): Uint8Array => keccak256(utf8.encode(text));

const domainFields = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "salt", type: "bytes32" },
] as const;
const domainName = "Plimsoll";
const domainVersion = "1";

/** The salt of a venue's domain: keccak-256 of its name. */
export const domainSalt = (venue: string): Uint8Array => hashOf(venue);

export function domainSeparator({ venue, chainId }: SigningDomain): DomainSeparator {
  const words = new Words(5);
  words.bytes(hashOf(`EIP712Domain(${domainFields.map(({ name, type }) => `${type} ${name}`).join(",")})`));
  words.bytes(hashOf(domainName));
  words.bytes(hashOf(domainVersion));
  words.integer(chainId);
  words.bytes(domainSalt(venue));
  return words.hash();
}

/** 32-byte words, big-endian, as EIP-712 encodes data. */
class Words {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(count: number) {
    this.#bytes = new Uint8Array(count * 32);
    this.#view = new DataView(this.#bytes.buffer);
  }

  bytes(word: Uint8Array): void {
    this.#bytes.set(word, this.#at);
    this.#at += 32;
  }

  /** uint64 and int64 alike: two's complement over the whole word. */
  integer(value: number): void {
    invariant(Number.isSafeInteger(value), "only safe integers are signed");
    const high = Math.floor(value / 0x1_0000_0000);
    if (value < 0) this.#bytes.fill(0xff, this.#at, this.#at + 24);
    this.#view.setInt32(this.#at + 24, high);
    this.#view.setUint32(this.#at + 28, value - high * 0x1_0000_0000);
    this.#at += 32;
  }

  boolean(value: boolean): void {
    this.#bytes[this.#at + 31] = value ? 1 : 0;
    this.#at += 32;
  }

  hash(): Uint8Array {
    return keccak256(this.#bytes);
  }
}

/** Puts one field's word. */
type Put = (value: unknown, words: Words) => void;

/** One member of a struct type. */
export interface TypedMember {
  readonly name: string;
  readonly type: string;
}

/** Name of a field's type in EIP-712. Numbers are signed as their ECMAScript text, since Solidity has no float. */
function typeName(field: Field): string {
  if (field.kind === "integer") return field.min < 0 ? "int64" : "uint64";
  if (field.kind === "boolean") return "bool";
  if (field.kind === "list") return `${typeName(field.of)}[]`;
  return field.kind === "record" ? field.name : "string";
}

const membersOf = (fields: Fields): TypedMember[] =>
  Object.entries(fields).map(([name, field]) => ({ name, type: typeName(field) }));

/** Struct types that fields refer to, at any depth, by name. */
function structsOf(fields: Fields, found: Map<string, Fields> = new Map()): Map<string, Fields> {
  for (const field of Object.values(fields)) {
    const inner = field.kind === "list" ? field.of : field;
    if (inner.kind !== "record" || found.has(inner.name)) continue;
    found.set(inner.name, inner.fields);
    structsOf(inner.fields, found);
  }
  return found;
}

const encodeMembers = (name: string, members: readonly TypedMember[]): string =>
  `${name}(${members.map((member) => `${member.type} ${member.name}`).join(",")})`;

/** The type as EIP-712 hashes it: the struct itself, then those it refers to in the order of their names. */
function encodeType(name: string, members: readonly TypedMember[], fields: Fields): string {
  const others = [...structsOf(fields)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    encodeMembers(name, members),
    ...others.map(([of, inner]) => encodeMembers(of, membersOf(inner))),
  ].join("");
}

function putter(field: Field): Put {
  if (field.kind === "integer") return (value, words) => words.integer(Number(value));
  if (field.kind === "boolean") return (value, words) => words.boolean(value === true);
  if (field.kind === "choice") {
    const hashes = new Map<unknown, Uint8Array>(field.of.map((word) => [word, hashOf(word)]));
    return (value, words) => {
      const hash = hashes.get(value);
      invariant(hash !== undefined, "a choice is one of its words");
      words.bytes(hash);
    };
  }
  if (field.kind === "list") {
    const put = putter(field.of);
    return (value, words) => {
      invariant(Array.isArray(value), "a list is an array");
      const items = new Words(value.length);
      for (const item of value) put(item, items);
      words.bytes(items.hash());
    };
  }
  if (field.kind === "record") {
    const hash = structHasher(field.name, field.fields);
    return (value, words) => words.bytes(hash(value, []));
  }
  return (value, words) => words.bytes(hashOf(String(value)));
}

/** Hashes a struct; `more` are values of integer members that come after its fields. */
type StructHasher = (value: unknown, more: readonly number[]) => Uint8Array;

function structHasher(name: string, fields: Fields, more: readonly TypedMember[] = []): StructHasher {
  const typeHash = hashOf(encodeType(name, [...membersOf(fields), ...more], fields));
  const names = Object.keys(fields);
  const puts = names.map((of) => putter(fields[of]!));
  return (value, moreValues) => {
    invariant(typeof value === "object" && value !== null, "a struct is an object");
    const object: Readonly<Record<string, unknown>> = { ...value };
    const words = new Words(1 + names.length + moreValues.length);
    words.bytes(typeHash);
    for (let i = 0; i < names.length; i++) puts[i]!(object[names[i]!], words);
    for (const integer of moreValues) words.integer(integer);
    return words.hash();
  };
}

/** Every command is signed with the nonce that it uses up and the time after which it is void. */
const signedMembers: readonly TypedMember[] = [
  { name: "nonce", type: "uint64" },
  { name: "deadlineMs", type: "uint64" },
];

/** Name of a command's struct: `PlaceOrder` for `placeOrder`. */
const structName = (type: string): string => type.charAt(0).toUpperCase() + type.slice(1);

/** Made when a command of the type is first hashed. */
const hashers = new Map<CommandType, StructHasher>();

function hasherOf(type: CommandType): StructHasher {
  let hasher = hashers.get(type);
  if (hasher === undefined) {
    hasher = structHasher(structName(type), commandFields[type], signedMembers);
    hashers.set(type, hasher);
  }
  return hasher;
}

/** The type of a command as it is hashed, such as `PlaceOrder(uint64 account,…,uint64 nonce,uint64 deadlineMs)`. */
export const encodedType = (type: CommandType): string =>
  encodeType(structName(type), [...membersOf(commandFields[type]), ...signedMembers], commandFields[type]);

/**
 * What is signed, 32 bytes: keccak-256(0x1901 ‖ domain separator ‖ hash of the struct), by EIP-712.
 * An address signs it with secp256k1, a session key with Ed25519.
 */
export function commandDigest(
  command: Command,
  nonce: number,
  deadlineMs: number,
  separator: DomainSeparator,
): Uint8Array {
  const preimage = new Uint8Array(66);
  preimage[0] = 0x19;
  preimage[1] = 0x01;
  preimage.set(separator, 2);
  preimage.set(hasherOf(command.type)(command, [nonce, deadlineMs]), 34);
  return keccak256(preimage);
}

/** What a wallet takes for `eth_signTypedData_v4`. */
export interface TypedData {
  readonly types: Readonly<Record<string, readonly TypedMember[]>>;
  readonly primaryType: string;
  readonly domain: {
    readonly name: string;
    readonly version: string;
    readonly chainId: number;
    readonly salt: string;
  };
  readonly message: Readonly<Record<string, unknown>>;
}

/** A value as wallets want it: integers and numbers as text, which no JSON parser rounds. */
function plain(value: unknown, field: Field): unknown {
  if (field.kind === "integer" || field.kind === "number") return String(value);
  if (field.kind === "list") return Array.isArray(value) ? value.map((item) => plain(item, field.of)) : [];
  if (field.kind === "record") return plainObject(value, field.fields);
  return value;
}

function plainObject(value: unknown, fields: Fields): Record<string, unknown> {
  const object: Readonly<Record<string, unknown>> = typeof value === "object" ? { ...value } : {};
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, plain(object[name], field)]),
  );
}

/** A command as a wallet shows and signs it; the signature is the same as over {@link commandDigest}. */
export function typedData(
  command: Command,
  nonce: number,
  deadlineMs: number,
  { venue, chainId }: SigningDomain,
): TypedData {
  const fields: Fields = commandFields[command.type];
  const primaryType = structName(command.type);
  const types: Record<string, readonly TypedMember[]> = {
    EIP712Domain: domainFields,
    [primaryType]: [...membersOf(fields), ...signedMembers],
  };
  for (const [name, inner] of structsOf(fields)) types[name] = membersOf(inner);
  let salt = "0x";
  for (const byte of domainSalt(venue)) salt += byte.toString(16).padStart(2, "0");
  return {
    types,
    primaryType,
    domain: { name: domainName, version: domainVersion, chainId, salt },
    message: { ...plainObject(command, fields), nonce: String(nonce), deadlineMs: String(deadlineMs) },
  };
}
