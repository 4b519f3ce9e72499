// Renews what docs/protocol.md shows of the protocol: the example and the tables. A test fails when the page is stale.
//
//   node --conditions=plimsoll-source scripts/protocol-page.ts
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  commandDigest,
  commandFields,
  commandNumbers,
  completeCommand,
  decodeEnvelope,
  domainSeparator,
  encodedType,
  encodeEnvelope,
  eventFields,
  eventNumbers,
  type Field,
  type Fields,
  isRejection,
  rejectionCodes,
  rejectionNumbers,
  stampEnvelope,
} from "../src/clearing/protocol/index.ts";
import { widthOf } from "../src/clearing/protocol/binary-field.ts";
import { type Permission, permissions } from "../src/clearing/identity/index.ts";
import { ByteWriter } from "../src/clearing/state/index.ts";
import { addressKey, signCommand } from "../src/service/signatures/portable.ts";

export const protocolPage: string = join(import.meta.dirname, "..", "docs", "protocol.md");

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;

/** The key of the standard's own example: the hash of "cow". */
const secret = Buffer.from("c85ef7d79691fe79573b1a7064c19c1a9819ebdbd1faaab1a8ec92344438aaf4", "hex");

function example(): string {
  const domain = { venue: "Example", chainId: 31_337 };
  const separator = domainSeparator(domain);
  const command = completeCommand({
    type: "placeOrder",
    account: 7,
    instrument: 0,
    side: "buy",
    priceTicks: 615_000,
    lots: 25,
    postOnly: true,
  });
  if (isRejection(command)) throw new Error(command.field);
  const signed = signCommand(addressKey(secret), command, 1, 0, separator);
  const { signer, nonce, deadlineMs, signature } = signed;
  const request = { chainId: domain.chainId, signer, nonce, deadlineMs, signature: hex(signature), command };
  const out = new ByteWriter();
  encodeEnvelope({ sequence: 0, timeMs: 0, ...signed }, out);
  const bytes = out.copy();
  stampEnvelope(bytes, 42, 1_790_000_000_000);
  decodeEnvelope(bytes);
  const lines = [
    "```json",
    JSON.stringify(request, null, 2),
    "```",
    "",
    `Signed for the venue "${domain.venue}". What is signed, by EIP-712 (the type is one text without line breaks):`,
    "",
    "```",
    ...wrap(encodedType("placeOrder")),
    `domain separator ${hex(separator)}`,
    `digest           ${hex(commandDigest(command, nonce, deadlineMs, separator))}`,
    "```",
    "",
    "As record 42 of the journal:",
    "",
    "```",
    ...(Buffer.from(bytes)
      .toString("hex")
      .match(/.{1,96}/g) ?? []),
    "```",
  ];
  return lines.join("\n");
}

const wrap = (text: string): string[] => text.replaceAll(/(.{60,110}?,)/g, "$1\n").split("\n");

function who(permission: Permission): string {
  if (permission.by === "sequencer") return "the sequencer";
  if (permission.by === "address") return "any address";
  if (permission.by === "role") return permission.roles.map((role) => `\`${role}\``).join(" or ");
  return permission.session === undefined ? "owner" : `owner, key with \`${permission.session}\``;
}

/** The bytes of a field, in short. */
function bytesOf(field: Field): string {
  if (field.kind === "integer") return widthOf(field);
  if (field.kind === "number") return "f64";
  if (field.kind === "boolean") return "u8";
  if (field.kind === "choice") return field.of.length > 13 ? "u8" : `u8 (${field.of.join(", ")})`;
  if (field.kind === "text") return field.maxLength * 3 > 0xffff ? "long text" : "text";
  return field.kind === "list" ? `list of ${bytesOf(field.of)}` : field.name;
}

const layout = (fields: Fields): string =>
  Object.entries(fields)
    .map(([name, field]) => `${name} ${bytesOf(field)}`)
    .join(", ") || "–";

function records(): Map<string, Fields> {
  const found = new Map<string, Fields>();
  const visit = (fields: Fields): void => {
    for (const field of Object.values(fields)) {
      const inner = field.kind === "list" ? field.of : field;
      if (inner.kind !== "record") continue;
      found.set(inner.name, inner.fields);
      visit(inner.fields);
    }
  };
  for (const fields of [...Object.values(commandFields), ...Object.values(eventFields)]) visit(fields);
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** An entry that is there. */
function lookUp<T>(of: Readonly<Record<string, T>>, name: string): T {
  const found = of[name];
  if (found === undefined) throw new Error(`nothing is written of ${name}`);
  return found;
}

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

const sections: Readonly<Record<string, () => string>> = {
  example,
  commands: () =>
    table(
      ["No.", "Command", "Who", "Fields"],
      Object.entries(commandNumbers).map(([type, number]) => [
        String(number),
        `\`${type}\``,
        who(lookUp(permissions, type)),
        layout(lookUp<Fields>(commandFields, type)),
      ]),
    ),
  records: () =>
    table(
      ["Record", "Fields"],
      [...records()].map(([name, fields]) => [`\`${name}\``, layout(fields)]),
    ),
  events: () =>
    table(
      ["No.", "Event", "Fields"],
      Object.entries(eventNumbers).map(([type, number]) => [
        String(number),
        `\`${type}\``,
        layout(lookUp<Fields>(eventFields, type)),
      ]),
    ),
  rejections: () =>
    table(
      ["Code", "No.", "Remedy"],
      Object.entries(rejectionCodes).map(([code, remedy]) => [
        `\`${code}\``,
        String(lookUp(rejectionNumbers, code)),
        remedy,
      ]),
    ),
};

/** The page with its generated sections, each between `<!-- name -->` and `<!-- /name -->`, made anew. */
export function renewedPage(page: string): string {
  let renewed = page;
  for (const [name, make] of Object.entries(sections)) {
    const [before, after] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const start = renewed.indexOf(before);
    const end = renewed.indexOf(after);
    if (start < 0 || end < start) throw new Error(`docs/protocol.md has no section ${name}`);
    renewed = `${renewed.slice(0, start + before.length)}\n${make()}\n${renewed.slice(end)}`;
  }
  return renewed;
}

if (import.meta.main) writeFileSync(protocolPage, renewedPage(readFileSync(protocolPage, "utf8")));
