import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { sign, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { processorTimeMs } from "./processor-time.ts";
import { encoded, rootOf, serviceFlow, withJournal } from "./service.ts";
import { commandDigest, domainSeparator, type Envelope } from "../src/clearing/index.ts";
import { ByteWriter } from "../src/clearing/state/index.ts";
import { recover } from "../src/service/clearinghouse/index.ts";
import { openEmbeddedLog } from "../src/service/journal/index.ts";
import { addressKey, signatureVerifierPool, verifyJournal } from "../src/service/signatures/index.ts";

const domain = { venue: "bench", chainId: 1 };
const separator = domainSeparator(domain);
const sessionCount = 16;
const signedBySession = 20_000;
const signedByAddress = 3_000;

const ed25519Prefix = Buffer.from("302e020100300506032b657004220420", "hex");
const privateKey = (n: number): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([ed25519Prefix, Buffer.alloc(32, n + 1)]),
    format: "der",
    type: "pkcs8",
  });

/** Envelopes of the flow as session keys, or addresses, really sign them. */
function signedRecords(envelopes: readonly Envelope[], by: "session" | "address"): Uint8Array[] {
  const writer = new ByteWriter(4096);
  const signers = Array.from({ length: by === "session" ? sessionCount : 4 }, (_, n) => {
    const secret = privateKey(n);
    const spki = createPublicKey(secret).export({ format: "der", type: "spki" });
    const address = addressKey(Buffer.alloc(32, n + 1));
    return by === "session"
      ? {
          signer: spki.subarray(-32).toString("hex"),
          sign: (digest: Uint8Array): Uint8Array => sign(null, digest, secret),
        }
      : address;
  });
  return envelopes.map((envelope, i) => {
    const key = signers[i % signers.length]!;
    const { command, nonce, deadlineMs } = envelope;
    const signature = key.sign(commandDigest(command, nonce, deadlineMs, separator));
    return encoded({ ...envelope, signer: key.signer, signature }, writer);
  });
}

/** From the files of a journal to the state: with the signatures taken as they are, and every one verified again. */
export async function benchReplayJournal(rounds: number): Promise<void> {
  const flow = serviceFlow();
  const writer = new ByteWriter(4096);
  const all = [...flow.before, ...flow.timed];
  const records = flow.timed.map((envelope) => encoded(envelope, writer));
  console.log(`\nReplay of a journal from disk: ${all.length} commands of the engine's mixed flow`);
  await withJournal(flow.before, async (log, directory) => {
    for (let at = 0; at < records.length; at += 2_000) {
      await log.append(records.slice(at, at + 2_000), log.nextSequence);
    }
    await log.close();
    const bytes = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
    const opens: number[] = [];
    const replays: number[] = [];
    const clocks: number[] = [];
    for (let round = 0; round <= Math.min(rounds, 7); round++) {
      const start = processorTimeMs();
      const reopened = await openEmbeddedLog({ directory });
      const opened = processorTimeMs();
      const clock = performance.now();
      const { machine } = await recover(reopened, { atMost: 0 });
      const done = processorTimeMs();
      const elapsed = performance.now() - clock;
      if (rootOf(machine) !== flow.root) throw new Error("another root");
      await reopened.close();
      if (round === 0) continue;
      opens.push(opened - start);
      replays.push(done - opened);
      clocks.push(elapsed);
    }
    const rate = (times: number[]): string => {
      const sorted = times.toSorted((a, b) => a - b);
      const [median, best] = [sorted[sorted.length >> 1]!, sorted[0]!];
      return `${((all.length / median) * 1e3).toFixed(0).padStart(9)} commands/s, best ${((all.length / best) * 1e3).toFixed(0)}`;
    };
    console.log(`  ${(bytes / 1e6).toFixed(0)} MB on disk; state root as the bare engine's`);
    console.log(`  read, check, decode, apply (processor time)   ${rate(replays)}   target ≥ 500000`);
    console.log(`  the same by the clock                         ${rate(clocks)}`);
    console.log(`  opening, every byte verified                  ${rate(opens)}`);
  });
  await benchVerification(flow.timed);
}

async function benchVerification(envelopes: readonly Envelope[]): Promise<void> {
  const verifier = signatureVerifierPool({ domain });
  for (const [by, count] of [
    ["session", signedBySession],
    ["address", signedByAddress],
  ] as const) {
    const records = signedRecords(envelopes.slice(0, count), by);
    const batches = Array.from({ length: Math.ceil(count / 500) }, (_, i) =>
      records.slice(i * 500, (i + 1) * 500),
    );
    await verifyJournal(batches.slice(0, 2), verifier);
    const start = performance.now();
    const found = await verifyJournal(batches, verifier);
    const ms = performance.now() - start;
    if (found.verified !== count)
      throw new Error(`only ${found.verified} verified: ${JSON.stringify(found)}`);
    console.log(
      `  with every signature verified again, ${by.padEnd(8)} ${((count / ms) * 1e3).toFixed(0).padStart(9)} commands/s by the clock, ${count} of them`,
    );
  }
  await verifier.close();
}
