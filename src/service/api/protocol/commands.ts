import { commandSchemas, eventSchemas, type JsonSchema } from "../../../clearing/protocol/json-schema.ts";
import { signerPattern } from "../../../clearing/protocol/field-words.ts";
import { rejectionCodes } from "../../../clearing/protocol/rejections.ts";
import { type Receipt, type SignedCommand } from "../../clearinghouse/signed-command.ts";
import { listOf, object, text, timeMs, whole, word } from "./schema.ts";

type RejectionUnits = NonNullable<NonNullable<Receipt["rejection"]>["inUnits"]>;

export { type Receipt, type SignedCommand } from "../../clearinghouse/signed-command.ts";

/** Commands that only the sequencer sends. */
const ownCommands = new Set(["genesis", "tick"]);

const unionOf = (about: string, schemas: readonly JsonSchema[]): JsonSchema => ({
  description: about,
  type: "object",
  discriminator: { propertyName: "type" },
  oneOf: schemas,
});

export const commandSchema: JsonSchema = unionOf(
  "A command. docs/protocol.md describes each.",
  Object.entries(commandSchemas)
    .filter(([type]) => !ownCommands.has(type))
    .map(([, schema]) => schema),
);

/** Referred to as {@link eventRef}. */
export const eventSchema: JsonSchema = {
  $id: "Event",
  ...unionOf("An event. docs/protocol.md describes each.", Object.values(eventSchemas)),
};

export const eventRef: JsonSchema = { $ref: "Event#" };

export const signedCommandSchema: JsonSchema = object<SignedCommand>("A command and the proof of who asks.", {
  signer: { type: "string", description: "Address or session key.", maxLength: 66, pattern: signerPattern },
  nonce: whole("Used once per signer, within a window of 64 below the highest used."),
  deadlineMs: {
    type: "integer",
    description: "The command is refused later than this. 0: no deadline.",
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
  },
  chainId: whole("The venue's chain.", 1),
  signature: {
    type: "string",
    description:
      "65 bytes (r, s, v) for an address, 64 for a session key, over the EIP-712 digest of the command.",
    maxLength: 132,
    pattern: "^0x([0-9a-f]{128}|[0-9a-f]{130})$",
  },
  command: commandSchema,
});

export const rejectionSchema: JsonSchema = object<NonNullable<Receipt["rejection"]>>(
  "Why the machine refused the command. Nothing changed but the signer's nonce.",
  {
    code: word("Why.", ...Object.keys(rejectionCodes)),
    field: text("Path of the offending field."),
    value: { type: ["string", "number"], description: "The offending value." },
    limit: { type: ["string", "number"], description: "What would have been accepted." },
    remedy: text("What to do next."),
    inUnits: object<RejectionUnits>(
      "Value and limit as decimals, where they count ticks, lots, units or micros.",
      {
        unit: text("Of both: quote currency, asset, or underlying."),
        value: text("The offending value."),
        limit: text("What would have been accepted."),
      },
    ),
  },
  ["inUnits"],
);

export const receiptSchema: JsonSchema = object<Receipt>(
  "What became of a command: given once it is durable.",
  {
    sequence: whole("Number of its record in the journal.", 1),
    timeMs: timeMs("The machine's time at it."),
    outcome: word("What became of it.", "accepted", "rejected"),
    rejection: rejectionSchema,
    events: listOf("What the command caused, in order, as far as the sender may see it.", eventRef),
  },
  ["rejection"],
);

/** Largest body of a command: of `setRiskDocument`, and of any other. Bytes. */
export const bodyLimits: { readonly document: number; readonly other: number } = {
  document: 0x40_0000,
  other: 0x1_0000,
};
