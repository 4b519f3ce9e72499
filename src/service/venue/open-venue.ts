import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type SigningDomain } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/error.ts";
import {
  type Applied,
  Clearinghouse,
  Receipts,
  recover,
  type Recovery,
  replayAfter,
  startBefore,
} from "../clearinghouse/index.ts";
import { type HistoryStore, HistoryWriter, openHistory } from "../history/index.ts";
import { type CommandLog, openEmbeddedLog } from "../journal/index.ts";
import { type SignatureVerifier, signatureVerifierPool } from "../signatures/index.ts";
import { venueKeys, type VenueKeys } from "./keys.ts";
import { OwnSigner } from "./own-signer.ts";
import { compactJson, isSetUp, setUpVenue } from "./setup.ts";

export interface VenueOptions {
  /** Holds the journal, the keys, and history unless it is elsewhere. Made if it isn't there. */
  readonly directory: string;
  readonly domain: SigningDomain;
  /** Venue time, UTC milliseconds. */
  readonly now: () => number;
  /** `postgresql://…` or a SQLite file; default `history.db` in the directory. */
  readonly history?: string;
  /** Files of the documents that a new venue's portfolio margin starts with; or what gives the history's text. */
  readonly marginParameters?: string;
  readonly marginHistory?: string | (() => string);
  readonly tickMs?: number;
  readonly snapshotEvery?: number;
  /** Of the last commands before a restart, those whose repeats get their answer, at least; 1,000. More makes the start slower. */
  readonly repeatableCommands?: number;
  readonly acceptLossAfter?: number;
  readonly onProgress?: (replayed: number) => void;
  /** Told, in a sentence, of what an operator must know though commands go on. */
  readonly onWarning?: (warning: string) => void;
}

/** A clearing service without its API: machine, journal, history and the venue's own keys. */
export interface Venue {
  readonly house: Clearinghouse;
  readonly log: CommandLog;
  readonly history: HistoryWriter;
  readonly verifier: SignatureVerifier;
  readonly keys: VenueKeys;
  readonly recovery: Recovery;
  readonly domain: SigningDomain;
  /** Holds the offices: operator, risk, treasurer, guardian. */
  readonly office: OwnSigner;
  readonly publishers: readonly OwnSigner[];
  /** Answers what is under way, saves a snapshot, and closes everything. */
  close(): Promise<void>;
}

/**
 * Opens a venue's folder: recovers the machine, brings history up to date, and sets a new venue up.
 *
 * @throws {PlimsollError} what the journal, history or keys throw; `PLM_USAGE` when the folder is another venue's.
 */
export async function openVenue(options: VenueOptions): Promise<Venue> {
  const opened: (() => Promise<void>)[] = [];
  try {
    return await open(options, opened);
  } catch (error) {
    // What was opened would keep the process alive, and the folder locked.
    for (const close of opened.reverse()) await close().catch(() => undefined);
    throw error;
  }
}

/** History of commands that are given up goes with them. Otherwise one that goes further than the journal is not this journal's. */
async function fitHistory(
  store: HistoryStore,
  log: CommandLog,
  warn: (warning: string) => void,
): Promise<void> {
  const sequence = await store.lastSequence();
  if (sequence <= log.durableSequence) return;
  if (log.recovery.lost.length === 0) {
    throw new PlimsollError("PLM_USAGE", {
      field: "history",
      value: `${store.description}, which goes to command ${sequence}`,
      limit: `one of this journal, which goes to ${log.durableSequence}`,
      remedy:
        "Name this venue's history. If the journal was put back to an older copy, make history anew: plimsoll export FOLDER/journal --history ADDRESS.",
    });
  }
  warn("history held commands that were given up: it is made anew from the journal");
  await store.clear();
}

/** @param opened - gets the way to close each thing, as it is opened. */
async function open(options: VenueOptions, opened: (() => Promise<void>)[]): Promise<Venue> {
  const { directory, domain, now } = options;
  makeFolder(directory);
  const keyFile = join(directory, "keys");
  if (!existsSync(keyFile) && existsSync(join(directory, "journal"))) throw wrongKeys(keyFile, "missing");
  const keys = venueKeys(keyFile);
  const log = await openEmbeddedLog({
    directory: join(directory, "journal"),
    create: true,
    ...(options.acceptLossAfter === undefined ? {} : { acceptLossAfter: options.acceptLossAfter }),
  });
  opened.push(() => log.close());
  const warn = options.onWarning ?? ((): void => undefined);
  tellOfRecovery(log, warn);
  const store = await openHistory(options.history ?? join(directory, "history.db"));
  opened.push(() => store.close());
  await fitHistory(store, log, warn);
  const history = new HistoryWriter(store, await store.lastSequence(), {
    replayAfter: (sequence) => replayAfter(log, sequence),
    onTrouble: (error) => warn(historyWarning(store.description, error)),
  });
  opened.pop();
  opened.push(() => history.close());
  const receipts = new Receipts(receiptsKept);
  const repeatable = await startBefore(log, options.repeatableCommands ?? repeatableCommands);
  const recovery = await recover(log, {
    atMost: repeatable,
    receipts,
    onApplied: (batch: readonly Applied[]) => history.write(batch),
    // Slower than the replay it may be, but it must not hold up the start for long: it can fetch the rest later.
    ready: async () => {
      if (history.pendingRows > mostPendingRows) await history.drain().catch(() => undefined);
    },
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  for (const { file, reason } of recovery.rejectedSnapshots) warn(`${file} was passed over: ${reason}`);
  const { machine } = recovery;
  const { venue, chainId } = machine.engine.stores.state;
  if (machine.sequence > 0 && (venue !== domain.venue || chainId !== domain.chainId)) {
    throw new PlimsollError("PLM_USAGE", {
      field: "venue",
      value: `${domain.venue} on chain ${domain.chainId}`,
      limit: `${venue} on chain ${chainId}, whose journal this is`,
      remedy: "Name that venue, or another folder.",
    });
  }
  if (machine.sequence > 0 && machine.engine.stores.identity.signers.find(keys.house.signer) < 0) {
    throw wrongKeys(keyFile, "another venue's");
  }
  const verifier = signatureVerifierPool({ domain });
  opened.push(() => verifier.close());
  const house = new Clearinghouse({
    machine,
    log,
    verifier,
    chainId: domain.chainId,
    now,
    tickMs: options.tickMs ?? 1_000,
    snapshotEvery: options.snapshotEvery ?? 250_000,
    queueLimit: 50_000,
    receipts,
    onSnapshotFailure: (error) => warn(snapshotWarning(error)),
    onListenerFailure: ({ message }) => warn(`a listener failed and was dropped: ${message}`),
    onClockBehind: (behindMs) =>
      warn(
        `the clock is ${(behindMs / 1_000).toFixed(1)} s behind the machine's time, which is held until it is passed`,
      ),
  });
  opened.push(() => house.close());
  house.subscribe((batch) => history.write(batch));
  const office = new OwnSigner(keys.house, house, domain, Date.now);
  const publishers = keys.publishers.map((key) => new OwnSigner(key, house, domain, Date.now));
  if (machine.sequence === 0) {
    await house.sequenceOwn({ type: "genesis", ...domain, admins: [keys.house.signer] });
  }
  if (!isSetUp(machine, keys)) {
    const documents = [
      // first the history: what follows complete documents would come into force little by little
      ["history", options.marginHistory],
      ["marginParameters", options.marginParameters],
    ] as const;
    await setUpVenue(
      office,
      keys,
      documents.flatMap(([document, file]) =>
        file === undefined ? [] : [{ document, text: typeof file === "string" ? compactJson(file) : file() }],
      ),
    );
  }
  return {
    house,
    log,
    history,
    verifier,
    keys,
    recovery,
    domain,
    office,
    publishers,
    async close() {
      try {
        // an API that served it has closed it already
        if (house.failure === undefined && !house.closing) await house.snapshot();
      } catch (error) {
        if (!(error instanceof PlimsollError)) throw error;
        warn(snapshotWarning(error));
      } finally {
        // On a full disk too: what stays open would keep the process alive.
        await house.close().catch(() => undefined);
        await log.close();
        await verifier.close();
        await history.close();
      }
    },
  };
}

const receiptsKept = 100_000;

/** Clients have tried again before so many others came. */
const repeatableCommands = 1_000;

/** Rows that may wait for the database before the replay waits too. */
const mostPendingRows = 50_000;

const snapshotWarning = ({ message }: Error): string =>
  `no snapshot was saved: what was answered is safe, the next start replays more (${message})`;

function tellOfRecovery({ recovery }: CommandLog, warn: (warning: string) => void): void {
  const { torn, lost, notes } = recovery;
  if (torn) {
    warn(
      `an unfinished group was cut off, which nobody was promised: ${torn.bytes} bytes at ${torn.offset} of ${torn.file} (${torn.reason})`,
    );
  }
  for (const { file, offset, reason, keptAs } of lost) {
    warn(`given up from ${offset} of ${file} (${reason}), kept as ${keptAs}`);
  }
  for (const note of notes) warn(note);
}

const historyWarning = (where: string, error: Error | undefined): string =>
  error === undefined
    ? `history is written again (${where})`
    : `history cannot be written (${where}: ${error.message}); commands go on, and it is tried again`;

const wrongKeys = (file: string, found: string): PlimsollError =>
  new PlimsollError("PLM_FILE", {
    field: "keys",
    value: found,
    limit: `in ${file}, the keys that this journal's venue began with`,
    remedy: "Restore the file from a copy; the roles of this venue belong to its keys.",
  });

/** For this user alone, since it holds keys and everyone's trades. Level by level: Node's own way has no end in /proc. */
function makeMissing(directory: string): void {
  if (existsSync(directory)) return;
  makeMissing(dirname(directory));
  mkdirSync(directory, { mode: 0o700 });
}

function makeFolder(directory: string): void {
  try {
    makeMissing(directory);
    // the dot: a file that may be run is no folder
    accessSync(`${directory}/.`, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new PlimsollError("PLM_FILE", {
      field: "data",
      value: directory,
      limit: "a folder that can be written",
      remedy: `Check the path and its rights (${error instanceof Error ? error.message : String(error)}).`,
    });
  }
}
