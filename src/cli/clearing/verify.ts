import { type ClearingEvent, decodeEnvelope, type SigningDomain } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { Machine } from "../../service/clearinghouse/index.ts";
import { type CommandLog } from "../../service/journal/index.ts";
import { type CommandOutput, exitCodes } from "../command-output.ts";
import { formatInteger } from "../output/format.ts";
import { startProgress } from "../output/progress.ts";
import { textTable } from "../output/table.ts";
import { openJournal } from "./open-journal.ts";
import {
  type JournalVerification,
  signatureVerifierPool,
  verifyJournal,
} from "../../service/signatures/index.ts";

export interface VerifyOptions {
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
}

interface Verification {
  readonly roots: readonly VerifiedRoot[];
  readonly machine: Machine;
  readonly commands: number;
  readonly rejected: number;
  readonly seconds: number;
  readonly signatures?: JournalVerification & { readonly seconds: number };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

async function snapshotRoots(log: CommandLog): Promise<Map<number, string | undefined>> {
  const roots = new Map<number, string | undefined>();
  for (const { sequence } of await log.snapshots.list()) {
    const { snapshot } = await log.snapshots.latest(sequence);
    roots.set(sequence, snapshot?.sequence === sequence ? hex(snapshot.stateRoot) : undefined);
  }
  return roots;
}

async function verifyLog(log: CommandLog, options: VerifyOptions): Promise<Verification> {
  const expected = await snapshotRoots(log);
  const machine = Machine.empty();
  const roots: VerifiedRoot[] = [];
  const progress = startProgress("replaying", log.durableSequence);
  let rejected = 0;
  const count = ({ type }: ClearingEvent): void => {
    if (type === "rejected") rejected++;
  };
  const started = performance.now();
  for await (const { records } of log.read(1)) {
    for (const record of records) {
      const envelope = decodeEnvelope(record);
      machine.apply(envelope, count);
      if (expected.has(envelope.sequence)) {
        const root = hex(machine.stateRoot());
        const saved = expected.get(envelope.sequence);
        const verdict = saved === undefined ? "unreadable" : saved === root ? "same" : "different";
        roots.push({ sequence: envelope.sequence, timeMs: envelope.timeMs, root, snapshot: verdict });
      }
    }
    progress.show(machine.sequence, "commands");
  }
  progress.end();
  const seconds = (performance.now() - started) / 1000;
  if (roots.at(-1)?.sequence !== machine.sequence) {
    roots.push({ sequence: machine.sequence, timeMs: machine.timeMs, root: hex(machine.stateRoot()) });
  }
  const result = { roots, machine, commands: machine.sequence, rejected, seconds };
  if (!options.signatures) return result;
  return { ...result, signatures: await verifySignatures(log) };
}

/** Checks every signature of the journal again, on all processors, as anyone may who has a copy of it. */
async function verifySignatures(log: CommandLog): Promise<JournalVerification & { seconds: number }> {
  const started = performance.now();
  const verifier = signatureVerifierPool({ domain: await signingDomain(log) });
  try {
    const progress = startProgress("checking signatures", log.durableSequence);
    let read = 0;
    async function* batches(): AsyncGenerator<readonly Uint8Array[]> {
      for await (const { records } of log.read(1)) {
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
async function signingDomain(log: CommandLog): Promise<SigningDomain> {
  for await (const { records } of log.read(1)) {
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

/** `plimsoll verify`: replays a journal from its first record and compares the state's root at each snapshot. */
export async function verifyCommand(directory: string, options: VerifyOptions = {}): Promise<CommandOutput> {
  const log = await openJournal(directory);
  try {
    const { roots, machine, commands, rejected, seconds, signatures } = await verifyLog(log, options);
    const { ledger, markets } = machine.engine.stores;
    const totals = Array.from({ length: ledger.assetCount }, (_, asset) => ({
      asset: markets.assetSpec(asset).name,
      // house and owners together, the vault's negative balance included
      differenceUnits: ledger.total(asset).toString(),
    }));
    const conserved = totals.every(({ differenceUnits }) => differenceUnits === "0");
    const same = roots.every(({ snapshot }) => snapshot === undefined || snapshot === "same");
    const signed = signatures?.firstBad === undefined;
    const perSecond = Math.round(commands / Math.max(seconds, 1e-9));
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
      `${formatInteger(commands)} commands replayed (${formatInteger(rejected)} refused), ${formatInteger(perSecond)} a second`,
      conserved
        ? `value is conserved to the unit in each of ${totals.length} assets`
        : `NOT conserved: ${JSON.stringify(totals)}`,
    ];
    if (signatures) {
      const rate = Math.round(signatures.verified / Math.max(signatures.seconds, 1e-9));
      const { firstBad } = signatures;
      lines.push(
        firstBad === undefined
          ? `${formatInteger(signatures.verified)} signatures are good, ${formatInteger(rate)} a second (${formatInteger(signatures.unsigned)} records are the sequencer's own)`
          : `BAD signature in record ${firstBad.place + 1}: ${firstBad.verdict}`,
      );
    }
    return {
      text: lines.join("\n"),
      json: { commands, rejected, seconds, roots, totals, conserved, ...(signatures ? { signatures } : {}) },
      exitCode: conserved && same && signed ? exitCodes.done : exitCodes.failed,
    };
  } finally {
    await log.close();
  }
}
