import { type ClearingEvent, type Envelope } from "../../clearing/index.ts";

/** An envelope as JSON, its signature as hex. */
export const envelopeJson = (envelope: Envelope): unknown => ({
  ...envelope,
  signature: envelope.signature.length === 0 ? "" : `0x${Buffer.from(envelope.signature).toString("hex")}`,
});

const longest = 160;
const shortened = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text);

/** One line for people: number, time, who, what. */
export function envelopeLine({ sequence, timeMs, signer, command }: Envelope): string {
  const { type, ...fields } = command;
  const who = signer === "" ? "sequencer" : `${signer.slice(0, 10)}…`;
  const what = JSON.stringify(fields);
  return `${sequence}  ${new Date(timeMs).toISOString()}  ${who.padEnd(11)}  ${type}${what === "{}" ? "" : ` ${shortened(what)}`}`;
}

/** One indented line for people. */
export function eventLine({ type, ...fields }: ClearingEvent): string {
  return `    ${type} ${shortened(JSON.stringify(fields))}`;
}
