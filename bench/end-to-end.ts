import { type ChildProcess, fork } from "node:child_process";
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";
import { begun, rootOf, thinVenue, withJournal } from "./service.ts";
import {
  type Command,
  commandDigest,
  decodeEnvelope,
  domainSeparator,
  type Envelope,
} from "../src/clearing/index.ts";
import { randomStream } from "../src/numerics/index.ts";
import { startApi } from "../src/service/api/index.ts";
import { Clearinghouse, Machine, Receipts, type SignedCommand } from "../src/service/clearinghouse/index.ts";
import { readJournal } from "../src/service/journal/index.ts";
import { signatureVerifierPool } from "../src/service/signatures/index.ts";
import { order } from "../test/properties/clearing-venue.ts";

const domain = { venue: "bench", chainId: 1 };
const separator = domainSeparator(domain);
const traders = 64;
const firstAccount = 6;
const seed = 20_261_124;
/** Commands, connections, and commands under way on each. */
const loads = [
  { commands: 300, connections: 1, underWay: 1 },
  { commands: 5_000, connections: 4, underWay: 64 },
] as const;

const ed25519Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

interface Trader {
  readonly signer: string;
  readonly account: number;
  readonly sign: (digest: Uint8Array) => Uint8Array;
}

function makeTraders(): Trader[] {
  return Array.from({ length: traders }, (_, n) => {
    const secret = Buffer.concat([ed25519Prefix, Buffer.alloc(32, n + 1)]);
    const key = createPrivateKey({ key: secret, format: "der", type: "pkcs8" });
    const spki = createPublicKey(key).export({ format: "der", type: "spki" });
    return {
      signer: spki.subarray(-32).toString("hex"),
      account: firstAccount + n,
      sign: (digest) => sign(null, digest, key),
    };
  });
}

/** Lets the traders' session keys act for the accounts of the flow. */
function authorizing(before: readonly Envelope[], all: readonly Trader[]): Envelope[] {
  const opened = before.filter(({ command }) => command.type === "openAccount");
  const last = before.at(-1)!;
  return all.map(({ signer: key, account }, n) => {
    const { signer } = opened[n]!;
    const command: Command = {
      type: "authorizeKey",
      account,
      key,
      canTrade: true,
      canTransfer: false,
      expiryMs: 0,
      maxOrderNotionalMicros: 0,
    };
    return {
      ...last,
      sequence: last.sequence + 1 + n,
      signer,
      nonce: 1_000_000,
      command,
      signature: new Uint8Array(65),
    };
  });
}

function signedOrders(all: readonly Trader[], count: number): SignedCommand[] {
  const random = randomStream(seed);
  return Array.from({ length: count }, (_, i) => {
    const trader = all[i % all.length]!;
    const side = random.nextBelow(2) === 0 ? "buy" : "sell";
    const away = random.nextBelow(200) - 20;
    const command = order({
      account: trader.account,
      side,
      priceTicks: 1_000_000 + (side === "buy" ? -away : away),
      lots: 1 + random.nextBelow(5),
    });
    const nonce = 1 + Math.floor(i / all.length);
    const signature = trader.sign(commandDigest(command, nonce, 0, separator));
    return {
      signer: trader.signer,
      nonce,
      deadlineMs: 0,
      chainId: 1,
      signature: `0x${Buffer.from(signature).toString("hex")}`,
      command,
    };
  });
}

interface Job {
  readonly url: string;
  readonly connections: number;
  readonly underWay: number;
  readonly orders: readonly SignedCommand[];
}

interface Done {
  readonly ms: number;
  readonly took: readonly number[];
  readonly rejected: number;
}

/** The clients, in a process of their own: each sends the next order when an answer comes. */
async function runClients({ url, connections, underWay, orders }: Job): Promise<Done> {
  const took: number[] = [];
  const sentAt: number[] = [];
  let next = 0;
  let rejected = 0;
  const sockets = Array.from({ length: connections }, () => new WebSocket(`${url}/v1/stream`));
  await Promise.all(sockets.map((socket) => once(socket, "open")));
  const start = performance.now();
  await new Promise<void>((resolve, reject) => {
    for (const socket of sockets) {
      const send = (): void => {
        if (next >= orders.length) return;
        const id = next++;
        sentAt[id] = performance.now();
        socket.send(JSON.stringify({ op: "command", id, signed: orders[id] }));
      };
      socket.on("message", (data: Buffer) => {
        const message = JSON.parse(data.toString()) as {
          readonly type: string;
          readonly id: number;
          readonly receipt?: { readonly outcome: string };
        };
        if (message.type === "error") reject(new Error(data.toString()));
        if (message.type !== "receipt") return;
        took.push(performance.now() - sentAt[message.id]!);
        if (message.receipt?.outcome !== "accepted") rejected++;
        if (took.length === orders.length) resolve();
        else send();
      });
      for (let i = 0; i < underWay; i++) send();
    }
  });
  const ms = performance.now() - start;
  for (const socket of sockets) socket.close();
  return { ms, took, rejected };
}

if (process.send && process.argv[2] === "clients") {
  const [job] = (await once(process, "message")) as [Job];
  process.send(await runClients(job));
  process.disconnect();
}

async function inProcess(job: Job): Promise<Done> {
  const child: ChildProcess = fork(new URL(import.meta.url), ["clients"], { execArgv: process.execArgv });
  child.send(job);
  const [done] = (await once(child, "message")) as [Done];
  await once(child, "exit");
  return done;
}

const high = Number.MAX_SAFE_INTEGER;

/** Signed orders over WebSocket to durable receipts: server, signatures on a thread, and clients share this machine's processors. */
export async function benchEndToEnd(): Promise<void> {
  const all = makeTraders();
  const set = thinVenue();
  const before = [...set, ...authorizing(set, all)];
  const orders = signedOrders(
    all,
    loads.reduce((sum, { commands }) => sum + commands, 0),
  );
  console.log(
    `\nEnd to end: orders signed by ${traders} session keys, WebSocket, verified, durable, answered`,
  );
  await withJournal(before, async (log, directory) => {
    const machine = begun(before);
    const verifier = signatureVerifierPool({ domain });
    const clearinghouse = new Clearinghouse({
      machine,
      log,
      verifier,
      chainId: 1,
      now: () => machine.timeMs,
      tickMs: 0,
      snapshotEvery: 0,
      queueLimit: 50_000,
      receipts: new Receipts(100_000),
    });
    const api = await startApi({
      clearinghouse,
      log,
      limits: {
        commandRequestsPerMinute: high,
        commandsPerSecond: 1e9,
        commandBurst: 1e9,
        messagesPerSecond: 1e9,
        messageBurst: 1e9,
      },
    });
    let at = 0;
    for (const { commands, connections, underWay } of loads) {
      const job = { url: api.url.replace("http", "ws"), connections, underWay };
      const { ms, took, rejected } = await inProcess({ ...job, orders: orders.slice(at, at + commands) });
      at += commands;
      const sorted = took.toSorted((a, b) => a - b);
      const p = (share: number): string => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(2);
      console.log(
        `  ${connections} × ${underWay} under way: ${((commands / ms) * 1_000).toFixed(0)} orders/s by the clock, p50 ${p(0.5)}, p99 ${p(0.99)}, p99.9 ${p(0.999)} ms, ${rejected} of ${commands} refused`,
      );
    }
    const root = rootOf(machine);
    await clearinghouse.barrier();
    const twin = Machine.empty();
    for await (const { records } of readJournal(directory)) {
      for (const record of records) twin.apply(decodeEnvelope(record), () => {});
    }
    if (rootOf(twin) !== root || machine.sequence !== before.length + at) throw new Error("another root");
    console.log("  answers: every order is in the journal, and its replay gives the same root");
    await api.close();
    await verifier.close();
  });
}
