import assert from "node:assert/strict";
import { test } from "node:test";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import fc from "fast-check";
import {
  commandDigest,
  domainSeparator,
  encodedType,
  type TypedData,
  typedData,
} from "../../src/clearing/protocol/index.ts";
import { anyCommand } from "./protocol-values.ts";

// The twin: EIP-712 as its text says, over typed data as wallets take it, in strings of hex.

interface AnyTypedData extends Omit<TypedData, "domain"> {
  readonly domain: Readonly<Record<string, unknown>>;
}

const keccak = (bytes: Uint8Array): string => Buffer.from(keccak_256(bytes)).toString("hex");
const ofText = (text: string): string => keccak(Buffer.from(text));

function encodeType(primary: string, types: AnyTypedData["types"]): string {
  const found = new Set<string>();
  const visit = (type: string): void => {
    if (found.has(type) || types[type] === undefined) return;
    found.add(type);
    for (const member of types[type]) visit(member.type.replace(/\[\]$/, ""));
  };
  visit(primary);
  found.delete(primary);
  return [primary, ...[...found].toSorted()]
    .map((type) => `${type}(${types[type]!.map((member) => `${member.type} ${member.name}`).join(",")})`)
    .join("");
}

function encodeValue(type: string, value: unknown, types: AnyTypedData["types"]): string {
  if (type.endsWith("[]")) {
    const items = (value as unknown[]).map((item) => encodeValue(type.slice(0, -2), item, types));
    return keccak(Buffer.from(items.join(""), "hex"));
  }
  if (types[type] !== undefined) return hashStruct(type, value as Record<string, unknown>, types);
  if (type === "string") return ofText(value as string);
  if (type === "bool") return (value === true ? "1" : "0").padStart(64, "0");
  if (type === "bytes32") return (value as string).slice(2);
  if (type === "address") return (value as string).slice(2).toLowerCase().padStart(64, "0");
  return BigInt.asUintN(256, BigInt(value as string))
    .toString(16)
    .padStart(64, "0");
}

function hashStruct(
  type: string,
  value: Readonly<Record<string, unknown>>,
  types: AnyTypedData["types"],
): string {
  const members = types[type]!.map((member) => encodeValue(member.type, value[member.name], types));
  return keccak(Buffer.from(ofText(encodeType(type, types)) + members.join(""), "hex"));
}

const digestOf = ({ types, primaryType, domain, message }: AnyTypedData): string =>
  keccak(
    Buffer.from(
      `1901${hashStruct("EIP712Domain", domain, types)}${hashStruct(primaryType, message, types)}`,
      "hex",
    ),
  );

test("the twin gives the digest, and the signature, of the standard's own example", () => {
  // https://eips.ethereum.org/EIPS/eip-712, assets/eip-712/Example.js
  const person = (name: string, wallet: string): Record<string, string> => ({ name, wallet });
  const mail: AnyTypedData = {
    types: {
      EIP712Domain: [
        { name: "name", type: "string" },
        { name: "version", type: "string" },
        { name: "chainId", type: "uint256" },
        { name: "verifyingContract", type: "address" },
      ],
      Person: [
        { name: "name", type: "string" },
        { name: "wallet", type: "address" },
      ],
      Mail: [
        { name: "from", type: "Person" },
        { name: "to", type: "Person" },
        { name: "contents", type: "string" },
      ],
    },
    primaryType: "Mail",
    domain: {
      name: "Ether Mail",
      version: "1",
      chainId: 1,
      verifyingContract: "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
    },
    message: {
      from: person("Cow", "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"),
      to: person("Bob", "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"),
      contents: "Hello, Bob!",
    },
  };
  assert.equal(
    hashStruct("EIP712Domain", mail.domain, mail.types),
    "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f",
  );
  const digest = digestOf(mail);
  assert.equal(digest, "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
  const signature = secp256k1.sign(Buffer.from(digest, "hex"), keccak_256(Buffer.from("cow")), {
    prehash: false,
  });
  assert.equal(
    Buffer.from(signature).toString("hex"),
    "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d" +
      "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562",
  );
});

test("every command's digest is that of its typed data", () => {
  const venue = fc.string({ minLength: 1, maxLength: 20 });
  const times = fc.maxSafeNat();
  fc.assert(
    fc.property(
      anyCommand,
      venue,
      fc.maxSafeNat(),
      fc.maxSafeNat(),
      times,
      (command, name, chainId, nonce, deadlineMs) => {
        const domain = { venue: name, chainId };
        const digest = commandDigest(command, nonce, deadlineMs, domainSeparator(domain));
        assert.equal(
          Buffer.from(digest).toString("hex"),
          digestOf(typedData(command, nonce, deadlineMs, domain)),
        );
      },
    ),
    { seed: 21, numRuns: 1500 },
  );
});

test("types stand as they are published", () => {
  assert.equal(
    encodedType("placeOrder"),
    "PlaceOrder(uint64 account,uint64 instrument,string side,uint64 priceTicks,uint64 lots,string timeInForce,bool postOnly," +
      "bool reduceOnly,uint64 clientOrderId,uint64 expiryMs,string selfTradePrevention,string trigger,uint64 triggerTicks," +
      "string route,uint64 nonce,uint64 deadlineMs)",
  );
  assert.equal(
    encodedType("requestQuote"),
    "RequestQuote(uint64 account,Leg[] legs,int64 counterparty,uint64 expiryMs,uint64 nonce,uint64 deadlineMs)" +
      "Leg(uint64 instrument,int64 lots)",
  );
});

test("a digest changes with everything that is signed", () => {
  const digests = new Set<string>();
  const command = { type: "cancelAll", account: 1, instrument: -1 } as const;
  const add = (
    of: typeof command | { type: "cancelAll"; account: number; instrument: number },
    nonce: number,
    deadlineMs: number,
    venue: string,
    chainId: number,
  ): void => {
    digests.add(
      Buffer.from(commandDigest(of, nonce, deadlineMs, domainSeparator({ venue, chainId }))).toString("hex"),
    );
  };
  add(command, 1, 0, "Example", 1);
  add({ ...command, account: 2 }, 1, 0, "Example", 1);
  add({ ...command, instrument: 0 }, 1, 0, "Example", 1);
  add(command, 2, 0, "Example", 1);
  add(command, 1, 1, "Example", 1);
  add(command, 1, 0, "Other", 1);
  add(command, 1, 0, "Example", 2);
  assert.equal(digests.size, 7);
});
