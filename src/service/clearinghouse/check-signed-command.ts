import { type Command, type Rejection } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type CheckedCommand, type SignedCommand } from "./signed-command.ts";

const address = /^0x[0-9a-f]{40}$/;
const sessionKey = /^[0-9a-f]{64}$/;
const signatureText = /^0x[0-9a-f]{128}(?:[0-9a-f]{2})?$/;

const wrong = (field: string, value: unknown, limit: string, remedy: string): PlimsollError =>
  new PlimsollError("PLM_FIELD", { field, value, limit, remedy });

function requireWhole(field: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrong(field, value, "an integer from 0 to 2^53 − 1", `Correct ${field}.`);
}

/**
 * Checks the form of a signed command, before anything costly is done with it.
 *
 * @throws {PlimsollError} `PLM_FIELD`.
 */
export function checkSignedCommand(
  request: SignedCommand,
  chainId: number,
  complete: (value: unknown) => Command | Rejection,
): CheckedCommand {
  const { signer, signature } = request;
  if (typeof signer !== "string" || !(address.test(signer) || sessionKey.test(signer))) {
    throw wrong(
      "signer",
      signer,
      "an address (0x and 40 lower-case hex digits) or a session key (64 lower-case hex digits)",
      "Name the key that signed.",
    );
  }
  const length = signer.startsWith("0x") ? 132 : 130;
  if (typeof signature !== "string" || !signatureText.test(signature) || signature.length !== length) {
    throw wrong(
      "signature",
      typeof signature === "string" ? `${signature.length} characters` : signature,
      `0x and ${length - 2} lower-case hex digits`,
      "Send 65 bytes (r, s, v) for an address, 64 for a session key.",
    );
  }
  if (request.chainId !== chainId) {
    throw wrong("chainId", request.chainId, `${chainId}, this venue's chain`, "Sign for this venue.");
  }
  const nonce = requireWhole("nonce", request.nonce);
  const deadlineMs = requireWhole("deadlineMs", request.deadlineMs);
  const completed = complete(request.command);
  if ("code" in completed) {
    const { field, value, limit } = completed;
    throw wrong(
      `command.${field}`,
      value,
      String(limit),
      "Send the fields that the API document prescribes.",
    );
  }
  if (completed.type === "genesis" || completed.type === "tick") {
    throw wrong("command.type", completed.type, "a command that clients may send", "Choose another command.");
  }
  return { signer, nonce, deadlineMs, signature: bytesOf(signature), command: completed };
}

const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.slice(2), "hex");
