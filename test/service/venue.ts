import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ClearingEvent,
  type Command,
  domainSeparator,
  type PlaceOrder,
  type Role,
  type SigningDomain,
} from "../../src/clearing/index.ts";
import {
  Clearinghouse,
  Receipts,
  type Receipt,
  recover,
  type SignedCommand,
  startBefore,
} from "../../src/service/clearinghouse/index.ts";
import { HistoryWriter, sqliteHistory } from "../../src/service/history/index.ts";
import { type CommandLog, openEmbeddedLog } from "../../src/service/journal/index.ts";
import {
  addressKey,
  sessionKey,
  signatureVerifierPool,
  type SignatureVerifier,
  signCommand,
  type SigningKey,
} from "../../src/service/signatures/index.ts";
import { coin, order, perpetual, spot, startMs, underlying, usdc } from "../properties/clearing-venue.ts";

export const domain: SigningDomain = { venue: "Testing Venue", chainId: 31_337 };
const separator = domainSeparator(domain);

/** Keys of the venue's people, the same in every run. `trader` is a session key of Alice's. */
export const keys: Readonly<Record<"officer" | "alice" | "bob" | "stranger" | "trader", SigningKey>> = {
  officer: addressKey(new Uint8Array(32).fill(1)),
  alice: addressKey(new Uint8Array(32).fill(2)),
  bob: addressKey(new Uint8Array(32).fill(3)),
  stranger: addressKey(new Uint8Array(32).fill(4)),
  trader: sessionKey(new Uint8Array(32).fill(5)),
};

export const perpetualName = "BTC-PERP";
export const spotName = "BTC-USDC";
/** Numbers that listing gives. */
export const perpetualIndex = 0;
export const spotIndex = 1;
export const usdcIndex = 0;

export const toHex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;

/** Signs a command as clients send it. */
export function signed(
  key: SigningKey,
  command: Command,
  nonce: number,
  change: Partial<SignedCommand> = {},
): SignedCommand {
  const deadlineMs = change.deadlineMs ?? 0;
  const { signature } = signCommand(key, command, nonce, deadlineMs, separator);
  return {
    signer: key.signer,
    nonce,
    deadlineMs,
    chainId: domain.chainId,
    signature: toHex(signature),
    command,
    ...change,
  };
}

export interface VenueOptions {
  /** Of the clearinghouse; 1,024. */
  readonly queueLimit?: number;
  /** A folder that stays, with or without a journal; otherwise one of its own that goes with the venue. */
  readonly directory?: string;
  /** Uses the real clock; otherwise one that the test moves. */
  readonly realClock?: boolean;
  readonly tickMs?: number;
  /** Default: SQLite in memory. */
  readonly historyWriter?: (log: CommandLog) => HistoryWriter;
  readonly onClockBehind?: (behindMs: number) => void;
  /** That verify signatures; 0: the test's own. */
  readonly threads?: number;
}

/**
 * A small venue behind a real journal, real signatures and history in SQLite: roles, USDC and BTC, a perpetual and a spot market, a price
 * of 100,000, and one account each of Alice and Bob with 100,000 USDC and 1 BTC.
 */
export class ServiceVenue {
  readonly directory: string;
  readonly log: CommandLog;
  readonly verifier: SignatureVerifier;
  readonly clearinghouse: Clearinghouse;
  readonly history: HistoryWriter;
  /** Accounts of Alice and Bob. */
  alice = -1;
  bob = -1;
  nowMs: number = startMs;
  readonly #ownsDirectory: boolean;
  readonly #realClock: boolean;
  readonly #nonces = new Map<string, number>();
  #closed = false;

  private constructor(
    directory: string,
    log: CommandLog,
    machine: Awaited<ReturnType<typeof recover>>["machine"],
    receipts: Receipts,
    options: VenueOptions,
  ) {
    this.directory = directory;
    this.#ownsDirectory = options.directory === undefined;
    this.#realClock = options.realClock ?? false;
    this.nowMs = Math.max(startMs, machine.timeMs);
    this.log = log;
    this.verifier = signatureVerifierPool({ domain, threads: options.threads ?? 0 });
    this.clearinghouse = new Clearinghouse({
      machine,
      log,
      verifier: this.verifier,
      chainId: domain.chainId,
      now: () => this.now(),
      tickMs: options.tickMs ?? 0,
      snapshotEvery: 0,
      queueLimit: options.queueLimit ?? 1_024,
      receipts,
      ...(options.onClockBehind === undefined ? {} : { onClockBehind: options.onClockBehind }),
    });
    this.history =
      options.historyWriter?.(log) ?? new HistoryWriter(sqliteHistory(":memory:"), machine.sequence);
    this.clearinghouse.subscribe((batch) => this.history.write(batch));
  }

  static async open(options: VenueOptions = {}): Promise<ServiceVenue> {
    const directory = options.directory ?? mkdtempSync(join(tmpdir(), "plimsoll-venue-"));
    const log = await openEmbeddedLog({ directory: join(directory, "journal"), create: true });
    const receipts = new Receipts(4_096);
    const { machine } = await recover(log, { receipts, atMost: await startBefore(log, 1_000) });
    const venue = new ServiceVenue(directory, log, machine, receipts, options);
    if (machine.sequence === 0) await venue.#setUp();
    else venue.#findAccounts();
    return venue;
  }

  now(): number {
    return this.#realClock ? Date.now() : this.nowMs;
  }

  nextNonce(key: SigningKey): number {
    const nonce = (this.#nonces.get(key.signer) ?? this.clearinghouse.machine.sequence) + 1;
    this.#nonces.set(key.signer, nonce);
    return nonce;
  }

  /** A command of this venue, signed with the key's next nonce. */
  sign(key: SigningKey, command: Command, change: Partial<SignedCommand> = {}): SignedCommand {
    return signed(key, command, this.nextNonce(key), change);
  }

  /** Sends a command past HTTP. */
  send(key: SigningKey, command: Command): Promise<Receipt> {
    return this.clearinghouse.submit(this.sign(key, command));
  }

  /** Sends a command that must be accepted; its events. */
  async must(key: SigningKey, command: Command): Promise<readonly ClearingEvent[]> {
    const receipt = await this.send(key, command);
    if (receipt.outcome === "rejected") {
      throw new Error(`${command.type} was rejected: ${JSON.stringify(receipt.rejection)}`);
    }
    return receipt.events;
  }

  order(change: Partial<PlaceOrder> & Pick<PlaceOrder, "account">): PlaceOrder {
    return order({ instrument: perpetualIndex, ...change });
  }

  price(usd: number): Promise<readonly ClearingEvent[]> {
    return this.must(keys.officer, {
      type: "publishPrices",
      prices: [{ feed: 0, priceMicros: usd * 1_000_000, confidencePpm: 1_000_000, timeMs: this.now() }],
    });
  }

  async openAccount(key: SigningKey): Promise<number> {
    const events = await this.must(key, { type: "openAccount", marginMode: "cross" });
    const opened = events.find((event) => event.type === "accountOpened");
    return opened?.account ?? -1;
  }

  async #setUp(): Promise<void> {
    await this.clearinghouse.sequenceOwn({ type: "genesis", ...domain, admins: [keys.officer.signer] });
    const officerRoles: Role[] = ["operator", "risk", "publisher", "treasurer", "guardian"];
    for (const role of officerRoles) {
      await this.must(keys.officer, { type: "grantRole", role, key: keys.officer.signer, granted: true });
    }
    await this.must(keys.officer, { type: "listAsset", asset: usdc });
    await this.must(keys.officer, {
      type: "listUnderlying",
      underlying: underlying("BTC", { maxPriceAgeMs: 86_400_000 }),
    });
    await this.must(keys.officer, { type: "listAsset", asset: coin("BTC") });
    await this.must(keys.officer, {
      type: "listInstrument",
      instrument: perpetual({ name: perpetualName }),
    });
    await this.must(keys.officer, { type: "listInstrument", instrument: spot({ name: spotName }) });
    await this.price(100_000);
    this.alice = await this.openAccount(keys.alice);
    this.bob = await this.openAccount(keys.bob);
    for (const account of [this.alice, this.bob]) {
      const deposits = [100_000_000_000, 100_000_000];
      for (const [asset, units] of deposits.entries()) {
        const reference = `${account}-${asset}`;
        await this.must(keys.officer, { type: "deposit", account, asset, units, reference });
      }
    }
    await this.must(keys.alice, {
      type: "authorizeKey",
      account: this.alice,
      key: keys.trader.signer,
      canTrade: true,
      canTransfer: false,
      expiryMs: 0,
      maxOrderNotionalMicros: 0,
    });
  }

  #findAccounts(): void {
    const { accounts } = this.clearinghouse.machine.engine.stores;
    this.alice = accounts.accountsOf(keys.alice.signer)[0] ?? -1;
    this.bob = accounts.accountsOf(keys.bob.signer)[0] ?? -1;
  }

  /** The state's root in hex. */
  stateRoot(): string {
    return toHex(this.clearinghouse.machine.stateRoot());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.clearinghouse.close();
    await this.history.close();
    await this.verifier.close();
    if (this.#ownsDirectory) rmSync(this.directory, { recursive: true, force: true });
  }
}
