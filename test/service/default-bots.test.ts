import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { type ClearingEvent, type Command } from "../../src/clearing/index.ts";
import { addressKey, type SigningKey } from "../../src/service/signatures/index.ts";
import { ServedVenue } from "./api-client.ts";
import { fall, fallen } from "./default-scene.ts";

const root = join(import.meta.dirname, "..", "..");
const bots: ChildProcess[] = [];
let served: ServedVenue;
const must = (key: SigningKey, command: Command): Promise<readonly ClearingEvent[]> =>
  served.venue.must(key, command);

before(async () => {
  served = await ServedVenue.start({ realClock: true });
});
after(async () => {
  for (const bot of bots) bot.kill();
  await served.close();
});

/** Starts a reference bot; its lines as they come. */
function start(name: string, key: string, account: number): AsyncIterator<string> {
  const bot = spawn(
    process.execPath,
    ["--conditions=plimsoll-source", join(root, "examples", `${name}.ts`)],
    {
      env: {
        ...process.env,
        PLIMSOLL_URL: served.api.url,
        PLIMSOLL_KEY: key,
        PLIMSOLL_ACCOUNT: String(account),
      },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  bots.push(bot);
  return createInterface({ input: bot.stdout })[Symbol.asyncIterator]();
}

const next = async (lines: AsyncIterator<string>): Promise<string> => String((await lines.next()).value);

test(
  "the reference liquidator calls what it finds, and the reference bidder waits for what pays",
  { timeout: 60_000 },
  async () => {
    const { venue } = served;
    const target = await fallen(venue, must);
    const liquidator = start(
      "liquidator",
      "06".repeat(32),
      await venue.openAccount(addressKey(new Uint8Array(32).fill(6))),
    );
    assert.equal(await next(liquidator), "looking for accounts to call");
    assert.match(
      await next(liquidator),
      new RegExp(`^called account ${target} liquidation 1 paid \\d+ units$`),
    );

    await fall(venue, must);
    const bidder = start("bidder", "02".repeat(32), venue.alice);
    assert.match(await next(bidder), /^watching auctions with \d/);
    // No discount pays for it yet: it waits.
    const { auctions } = (await served.get<{ readonly auctions: readonly unknown[] }>("/v1/auctions")).body;
    assert.equal(auctions.length, 1);
    const [bot] = bots.slice(-1);
    bot?.kill("SIGTERM");
    if (bot?.exitCode === null) await once(bot, "exit");
    assert.equal(bot?.exitCode, 0, "it leaves in order");
  },
);
