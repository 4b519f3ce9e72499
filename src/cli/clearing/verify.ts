import { type ClearingEvent, decodeEnvelope, type SigningDomain } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { Machine } from "../../service/clearinghouse/index.ts";
import { type JournalReader, type RecordReader } from "../../service/journal/index.ts";
import {
  type JournalVerification,
  signatureVerifierPool,
  verifyJournal,
} from "../../service/signatures/index.ts";
import { type CommandOutput, exitCodes } from "../command-output.ts";
import { inCommandWords } from "../command-words.ts";
import { formatInteger, formatNumber } from "../output/format.ts";
import { startProgress } from "../output/progress.ts";
import { textTable } from "../output/table.ts";
import { envelopeAt } from "./envelope-at.ts";
import { endJson, endNotes, openToRead, type ReadOptions } from "./open-journal.ts";

export interface VerifyOptions extends ReadOptions {
  /** Check every signature again too. */
  readonly signatures?: boolean;
}

/** The state after a record, and whether a saved snapshot says the same. */
export interface VerifiedRoot {
  readonly sequence: number;
  readonly timeMs: number;
  readonly root: string;
  /** Absent at the journal's end, where no snapshot need stand. */
  readonly snapshot?: "same" | "different" | "unreadable";
  /** Why a snapshot is unreadable, or its root where that is another. */
  readonly reason?: string;
}

interface Replayed {
  readonly roots: readonly VerifiedRoot[];
  readonly machine: Machine;
  readonly rejected: number;
  readonly seconds: number;
}

type Signatures = JournalVerification & { readonly seconds: number };

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const perSecond = (count: number, seconds: number): string =>
  formatInteger(Math.round(count / Math.max(seconds, 1e-9)));

/** Root of each snapshot's state, computed anew from its content, or why there is none. */
async function snapshotRoots(
  journal: JournalReader,
): Promise<Map<number, { root: string } | { reason: string }>> {
  const roots = new Map<number, { root: string } | { reason: string }>();
  const listed = await journal.snapshots.list();
  const progress = startProgress("restoring snapshots", listed.length);
  for (const { sequence } of listed) {
    progress.show(roots.size, "snapshots");
    const { snapshot, rejected } = await journal.snapshots.latest(sequence);
    if (snapshot?.sequence !== sequence) {
      if (rejected[0]) roots.set(sequence, { reason: rejected[0].reason });
      continue; // removed meanwhile by the service that it belongs to
    }
    try {
      roots.set(sequence, { root: hex((await Machine.restored(snapshot.chunks())).stateRoot()) });
    } catch (error) {
      roots.set(sequence, { reason: error instanceof Error ? error.message : String(error) });
    }
  }
  progress.end();
  return roots;
}

async function replay(journal: JournalReader): Promise<Replayed> {
  const expected = await snapshotRoots(journal);
  const machine = Machine.empty();
  const roots: VerifiedRoot[] = [];
  const progress = startProgress("replaying", journal.durableSequence);
  let rejected = 0;
  const count = ({ type }: ClearingEvent): void => {
    if (type === "rejected") rejected++;
  };
  const started = performance.now();
  for await (const { firstSequence, records } of journal.read(1)) {
    for (const [i, record] of records.entries()) {
      const envelope = envelopeAt(firstSequence + i, record);
      machine.apply(envelope, count);
      const saved = expected.get(envelope.sequence);
      if (saved === undefined) continue;
      const root = hex(machine.stateRoot());
      const { sequence, timeMs } = envelope;
      if ("reason" in saved) roots.push({ sequence, timeMs, root, snapshot: "unreadable", ...saved });
      else if (saved.root === root) roots.push({ sequence, timeMs, root, snapshot: "same" });
      else roots.push({ sequence, timeMs, root, snapshot: "different", reason: `its root is ${saved.root}` });
    }
    progress.show(machine.sequence, "records");
  }
  progress.end();
  const seconds = (performance.now() - started) / 1000;
  if (roots.at(-1)?.sequence !== machine.sequence) {
    roots.push({ sequence: machine.sequence, timeMs: machine.timeMs, root: hex(machine.stateRoot()) });
  }
  return { roots, machine, rejected, seconds };
}

/** Checks every signature of the journal again, on all processors, as anyone may who has a copy of it. */
async function verifySignatures(journal: JournalReader): Promise<Signatures> {
  const started = performance.now();
  const verifier = signatureVerifierPool({ domain: await signingDomain(journal) });
  try {
    const progress = startProgress("checking signatures", journal.durableSequence);
    let read = 0;
    async function* batches(): AsyncGenerator<readonly Uint8Array[]> {
      for await (const { records } of journal.read(1)) {
        read += records.length;
        progress.show(read, "records");
        yield records;
      }
    }
    const found = await verifyJournal(batches(), verifier);
    progress.end();
    return { ...found, seconds: (performance.now() - started) / 1000 };
  } finally {
    await verifier.close();
  }
}

/** What commands of this journal are signed for: its first record says. */
async function signingDomain(journal: RecordReader): Promise<SigningDomain> {
  for await (const { records } of journal.read(1)) {
    const first = records[0];
    if (first === undefined) break;
    const { command } = decodeEnvelope(first);
    if (command.type === "genesis") return { venue: command.venue, chainId: command.chainId };
    break;
  }
  throw new PlimsollError("PLM_JOURNAL_CORRUPT", {
    field: "record 1",
    value: undefined,
    limit: "the venue's genesis",
    remedy: "Verify a journal that a clearing service made.",
  });
}

/**
 * `plimsoll verify`: replays a journal from its first record and compares the state's root at each snapshot. Changes nothing in the
 * folder. Exit code 0 if all of it verifies, a torn tail included, which nobody was promised; 1 if anything is not what it was.
 */
export async function verifyCommand(directory: string, options: VerifyOptions = {}): Promise<CommandOutput> {
  try {
    const journal = await openToRead(directory, options);
    // first: a journal whose commands nobody signed needs no replay to be found out
    const signatures = options.signatures ? await verifySignatures(journal) : undefined;
    if (signatures?.firstBad !== undefined) return badSignature(journal, signatures, signatures.firstBad);
    const replayed = await replay(journal);
    return report(journal, replayed, signatures);
  } catch (error) {
    if (!(error instanceof PlimsollError && error.code === "PLM_JOURNAL_CORRUPT")) throw error;
    const damage = inCommandWords(error);
    return {
      text: `DAMAGED: ${damage.field}: ${String(damage.value)}; must be ${damage.limit}\n${damage.remedy}`,
      json: { verified: false, damage },
      exitCode: exitCodes.failed,
    };
  }
}

const signaturesJson = (signatures: Signatures): object => ({
  ...signatures,
  signaturesPerSecond: Math.round(signatures.verified / Math.max(signatures.seconds, 1e-9)),
});

/** Nothing was replayed: whose commands they are is not known. */
const badSignature = (
  journal: JournalReader,
  signatures: Signatures,
  { place, verdict }: NonNullable<Signatures["firstBad"]>,
): CommandOutput => ({
  text: [
    `BAD signature in record ${formatInteger(place + 1)}: ${verdict}`,
    "a journal of `plimsoll replay` has none: verify it without --signatures",
    ...endNotes(journal),
    "NOT verified; nothing was replayed",
  ].join("\n"),
  json: { verified: false, ...endJson(journal), signatures: signaturesJson(signatures) },
  exitCode: exitCodes.failed,
});

function report(
  journal: JournalReader,
  replayed: Replayed,
  signatures: Signatures | undefined,
): CommandOutput {
  const { roots, machine, rejected, seconds } = replayed;
  const { ledger, markets } = machine.engine.stores;
  const commands = machine.sequence;
  const totals = Array.from({ length: ledger.assetCount }, (_, asset) => ({
    asset: markets.assetSpec(asset).name,
    // house and owners together, the vault's negative balance included
    differenceUnits: ledger.total(asset).toString(),
  }));
  const lost = totals.filter(({ differenceUnits }) => differenceUnits !== "0");
  const conserved = lost.length === 0;
  const wrong = roots.filter(({ reason }) => reason !== undefined);
  const verified = conserved && wrong.length === 0;
  const lines = [
    textTable(
      [
        { title: "Record", align: "right" },
        { title: "Time, UTC" },
        { title: "State root" },
        { title: "Snapshot" },
      ],
      roots.map(({ sequence, timeMs, root, snapshot }) => [
        formatInteger(sequence),
        new Date(timeMs).toISOString(),
        root,
        snapshot ?? "(end of the journal)",
      ]),
    ),
    "",
    ...wrong.map(
      ({ sequence, snapshot, reason }) =>
        `snapshot of record ${formatInteger(sequence)} is ${snapshot?.toUpperCase()}: ${reason}`,
    ),
    `${formatInteger(commands)} records replayed (${formatInteger(rejected)} commands refused) in ${formatNumber(seconds, 1)} s, ${perSecond(commands, seconds)} records/s`,
    conserved
      ? `value is conserved to the unit in each of ${totals.length} assets`
      : `NOT conserved: ${lost.map(({ asset, differenceUnits }) => `${asset} by ${differenceUnits} units`).join(", ")}`,
  ];
  if (signatures) {
    const { verified: good, unsigned } = signatures;
    lines.push(
      `${formatInteger(good)} signatures are good (${formatInteger(unsigned)} unsigned: the sequencer's own), in ${formatNumber(signatures.seconds, 1)} s, ${perSecond(good, signatures.seconds)} signatures/s`,
    );
  }
  lines.push(...endNotes(journal), verified ? "verified" : "NOT verified");
  return {
    text: lines.join("\n"),
    json: {
      verified,
      commands,
      rejected,
      seconds,
      recordsPerSecond: Math.round(commands / Math.max(seconds, 1e-9)),
      ...endJson(journal),
      roots,
      totals,
      conserved,
      ...(signatures ? { signatures: signaturesJson(signatures) } : {}),
    },
    exitCode: verified ? exitCodes.done : exitCodes.failed,
  };
}
