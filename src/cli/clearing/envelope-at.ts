import { decodeEnvelope, type Envelope } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/index.ts";

/** The envelope that stands at a place of a journal. @throws {PlimsollError} `PLM_JOURNAL_CORRUPT` if that isn't one, or another's. */
export function envelopeAt(place: number, record: Uint8Array): Envelope {
  const unfit = (value: unknown, limit: string): PlimsollError =>
    new PlimsollError("PLM_JOURNAL_CORRUPT", {
      field: `record ${place}`,
      value,
      limit,
      remedy: "Its bytes are those that were written: use the release that wrote them.",
    });
  let envelope: Envelope;
  try {
    envelope = decodeEnvelope(record);
  } catch (error) {
    if (error instanceof PlimsollError) throw unfit(error.message, "an envelope");
    throw error;
  }
  if (envelope.sequence !== place) throw unfit(`the envelope of ${envelope.sequence}`, "its own envelope");
  return envelope;
}
