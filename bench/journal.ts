import { constants, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { randomStream } from "../src/numerics/random.ts";
import { openEmbeddedLog, type CommandLog } from "../src/service/journal/index.ts";

/** Where the files are made: a disk, not memory. JOURNAL_DIRECTORY says another. */
const parent = process.env["JOURNAL_DIRECTORY"] ?? tmpdir();
const groups = [1, 64, 1024, 4096] as const;
const recordBytes = { least: 128, most: 200 } as const;
const segmentBytes = 1 << 26;

interface Way {
  readonly name: string;
  /** Makes one group durable. */
  commit(records: readonly Uint8Array[]): Promise<void>;
  close(): Promise<void>;
}

/** Records of 128 to 200 random bytes. */
function recordsFor(count: number): Uint8Array[] {
  const random = randomStream(11);
  return Array.from({ length: count }, () => {
    const record = new Uint8Array(
      recordBytes.least + random.nextBelow(recordBytes.most - recordBytes.least + 1),
    );
    for (let i = 0; i < record.length; i++) record[i] = random.nextUint32();
    return record;
  });
}

/** The machine's own limit: the same bytes, one write, one fdatasync, nothing checked, nothing recoverable. */
async function rawFile(directory: string, filled: boolean): Promise<Way> {
  const file = await open(join(directory, `raw-${filled}`), constants.O_RDWR | constants.O_CREAT, 0o600);
  if (filled) {
    const zeros = new Uint8Array(1 << 20);
    for (let at = 0; at < segmentBytes; at += zeros.length) await file.write(zeros, 0, zeros.length, at);
    await file.datasync();
  }
  let position = 0;
  const buffer = new Uint8Array(1 << 20);
  return {
    name: filled ? "raw file filled beforehand" : "raw file that grows",
    commit: async (records) => {
      let used = 0;
      for (const record of records) {
        buffer.set(record, used);
        used += record.length;
      }
      if (filled && position + used > segmentBytes) position = 0;
      await file.write(buffer, 0, used, position);
      await file.datasync();
      position += used;
    },
    close: () => file.close(),
  };
}

/** The alternative that Node brings along. */
function sqlite(directory: string): Way {
  const database = new DatabaseSync(join(directory, "sqlite"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  database.exec("CREATE TABLE records (sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL)");
  const insert = database.prepare("INSERT INTO records (bytes) VALUES (?)");
  return {
    name: "node:sqlite, WAL, FULL",
    commit: (records) => {
      database.exec("BEGIN");
      for (const record of records) insert.run(record);
      database.exec("COMMIT");
      return Promise.resolve();
    },
    close: () => Promise.resolve(database.close()),
  };
}

async function journal(directory: string): Promise<Way> {
  const log: CommandLog = await openEmbeddedLog({ directory: join(directory, "journal"), create: true });
  return {
    name: "journal",
    commit: (records) => log.append(records, log.nextSequence),
    close: () => log.close(),
  };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** Durable commits one after another, by group size: the journal beside the bare file that it is made of, in turns. */
export async function benchJournal(rounds: number): Promise<void> {
  console.log(
    `\njournal: durable groups of ${recordBytes.least} to ${recordBytes.most} byte records, in ${parent}`,
  );
  mkdirSync(parent, { recursive: true });
  for (const group of groups) {
    const directory = mkdtempSync(join(parent, "plimsoll-bench-journal-"));
    const records = recordsFor(group);
    const ways = [
      await rawFile(directory, false),
      await rawFile(directory, true),
      sqlite(directory),
      await journal(directory),
    ];
    const times = ways.map((): number[] => []);
    const commits = Math.max(20, Math.min(200, Math.floor(40_000 / group)));
    for (let turn = 0; turn < commits * (rounds + 1); turn++) {
      for (const [i, way] of ways.entries()) {
        const start = performance.now();
        await way.commit(records);
        if (turn >= commits) times[i]?.push(performance.now() - start);
      }
    }
    for (const way of ways) await way.close();
    if (group === groups[0]) await checkHeld(join(directory, "journal"), records, commits * (rounds + 1));
    rmSync(directory, { recursive: true });
    const raw = at(times[0]?.sort((a, b) => a - b) ?? [], 0.5);
    for (const [i, way] of ways.entries()) {
      const sorted = (times[i] ?? []).sort((a, b) => a - b);
      const rate = (group * 1000 * sorted.length) / sorted.reduce((sum, ms) => sum + ms, 0);
      const ms = (share: number): string => at(sorted, share).toFixed(3).padStart(8);
      console.log(
        `  group ${String(group).padStart(4)}  ${way.name.padEnd(27)} p50 ${ms(0.5)} ms  p99 ${ms(0.99)}  p99.9 ${ms(0.999)}` +
          `  ${Math.round(rate).toLocaleString("en").padStart(11)} records/s` +
          `  median time ${(at(sorted, 0.5) / raw).toFixed(2).padStart(5)} × raw`,
      );
    }
  }
  await benchClients(rounds);
}

/** What was timed did happen. */
async function checkHeld(
  directory: string,
  records: readonly Uint8Array[],
  groupsHeld: number,
): Promise<void> {
  const log = await openEmbeddedLog({ directory });
  let count = 0;
  for await (const batch of log.read(1)) {
    for (const record of batch.records) {
      if (Buffer.compare(record, records[count++ % records.length] ?? record) !== 0)
        throw new Error("a record changed");
    }
  }
  if (count !== groupsHeld * records.length) throw new Error(`${count} records held`);
  await log.close();
  const start = performance.now();
  const again = await openEmbeddedLog({ directory });
  console.log(
    `  reopening verified ${count} groups of one record in ${(performance.now() - start).toFixed(0)} ms`,
  );
  await again.close();
}

/** Many clients that each wait for their own record: the groups form by themselves. */
async function benchClients(rounds: number): Promise<void> {
  for (const clients of [1, 64, 1024, 4096]) {
    const directory = mkdtempSync(join(parent, "plimsoll-bench-journal-"));
    const log = await openEmbeddedLog({ directory, create: true });
    const [record] = recordsFor(1);
    const each = Math.ceil((rounds * 20_000) / 15 / clients) + 20;
    const times: number[] = [];
    const start = performance.now();
    await Promise.all(
      Array.from({ length: clients }, async () => {
        for (let i = 0; i < (clients === 1 ? Math.min(each, 2000) : each); i++) {
          const from = performance.now();
          await log.append([record!], log.nextSequence);
          times.push(performance.now() - from);
        }
      }),
    );
    const seconds = (performance.now() - start) / 1000;
    const { groups: written, records } = log.stats();
    await log.close();
    rmSync(directory, { recursive: true });
    times.sort((a, b) => a - b);
    console.log(
      `  ${String(clients).padStart(4)} clients, each waiting for its own record: p50 ${at(times, 0.5).toFixed(3)} ms  p99 ${at(times, 0.99).toFixed(3)}` +
        `  p99.9 ${at(times, 0.999).toFixed(3)}  ${Math.round(records / seconds).toLocaleString("en")} records/s, ${(records / written).toFixed(0)} a group`,
    );
  }
}
