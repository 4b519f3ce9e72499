// A day at a clearing service, as its new customers: starts one (`plimsoll serve`), opens accounts, trades a hedged option book, shows
// what it must hold under three kinds of margin and why, kills the service with SIGKILL in mid-flow, starts it again, finds everything
// that was acknowledged, and has the journal verified. The market is made up, and stands still, so that the output is always the same.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { accepted, type Client, connect, newAddressKey, PlimsollError } from "plimsoll/client";

const home = dirname(fileURLToPath(import.meta.resolve("plimsoll/package.json")));
const program = ["src/cli/bin.ts", "dist/cli/bin.js"].map((file) => join(home, file)).find(existsSync) ?? "";
const data = mkdtempSync(join(tmpdir(), "plimsoll-tour-"));
// A venue draws its own keys unless the folder has them. Here they are given, since of two publishers whose surfaces are equally near to
// the others' the lower key's is in force: the output is to be the same each time.
const [house = "", ...publishers] = Array.from({ length: 17 }, (_, i) => String(i + 1).padStart(64, "0"));
writeFileSync(join(data, "keys"), `${[house, ...publishers].join("\n")}\n`, { mode: 0o600 });

interface Service {
  readonly process: ChildProcess;
  readonly url: string;
  /** All that it printed on standard output. */
  readonly printed: () => string;
}

/** A service in a process of its own, on the same folder each time. */
async function serve(port: string): Promise<Service> {
  const market = ["--from", "2026-01-05T09:00Z", "--speed", "0.000001", "--no-traders"];
  const options = ["serve", "--data", data, "--port", port, ...market, "--json"];
  const child = spawn(process.execPath, [program, ...options], { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += String(chunk)));
  for await (const line of createInterface({ input: child.stderr })) {
    if (!line.startsWith("{")) throw new Error(line);
    const { url }: { readonly url: string } = JSON.parse(line);
    return { process: child, url, printed: () => printed };
  }
  throw new Error("the service did not start");
}

const usd = (amount: number | string): string => Math.round(Number(amount)).toLocaleString("en-US");
const yes = (fact: boolean): string => (fact ? "yes" : "NO");

let service = await serve("0");
const { port } = new URL(service.url);
const signIn = (secret: string): Promise<Client> => connect({ url: service.url, key: newAddressKey(secret) });
const alice = await signIn("a1".repeat(32));
const bob = await signIn("b0".repeat(32));
console.log(`1. ${alice.venue.venue} runs. Its market is synthetic: no real prices.`);

// The vaults' watcher tells the venue what came in. Here we are the venue too, and have its key.
const treasurer = await signIn(house);
const { account } = accepted(await alice.openAccount({ marginMode: "portfolio" }));
const { account: desk } = accepted(await bob.openAccount({ marginMode: "portfolio" }));
const pay = async (to: number, asset: string, amount: string): Promise<void> => {
  accepted(await treasurer.deposit({ account: to, asset, amount, reference: `${to} ${asset}` }));
};
await pay(account, "USDC", "60000");
await pay(account, "BTC", "0.5");
await pay(account, "stETH", "10");
await pay(desk, "USDC", "2000000");
const paidIn = await alice.read.account({ account });
console.log(
  `2. Alice has ${paidIn.balances.map(({ amount, asset }) => `${amount} ${asset}`).join(", ")}: ${usd(paidIn.margin.equityUsd)} USD.`,
);

// Bob quotes a perpetual, a put and a call around their marks; Alice takes.
const listed = await alice.read.instruments();
const index = Number(listed.find(({ name }) => name === "BTC-PERP")?.indexPrice);
const options = listed.filter(({ kind, underlying }) => kind === "option" && underlying === "BTC");
const expiries = [...new Set(options.map(({ expiryMs }) => expiryMs))].sort((a, b) => a - b);
const [near = 0, far = 0] = [expiries[2], expiries[3]];
const option = (type: "call" | "put", expiryMs: number, moneyness: number) => {
  const away = ({ strikeMicros }: { readonly strikeMicros: number }): number =>
    Math.abs(strikeMicros / 1e6 - moneyness * index);
  const [nearest] = options
    .filter((each) => each.expiryMs === expiryMs && each.optionType === type)
    .sort((a, b) => away(a) - away(b));
  return nearest?.name ?? "";
};
const [put, call] = [option("put", near, 0.95), option("call", near, 1.08)];
const names = ["BTC-PERP", put, call];

async function bobQuotes(): Promise<void> {
  const quotes = await Promise.all(
    names.map(async (name) => {
      const instrument = await bob.instrument(name);
      const { mark = "0" } = await bob.read.instrument({ name });
      const price = (share: number, rounding: "down" | "up"): string =>
        instrument.roundPrice((Number(mark) * share).toFixed(6), rounding);
      const edge = name === "BTC-PERP" ? 0.0002 : 0.02;
      return {
        instrument: name,
        bid: { price: price(1 - edge, "down"), size: "2" },
        ask: { price: price(1 + edge, "up"), size: "2" },
      };
    }),
  );
  accepted(await bob.massQuote({ account: desk, quotes }));
}

await bobQuotes();
console.log(`3. Alice trades a hedged book with BTC at ${usd(index)}:`);
for (const [instrument = "", side] of [
  ["BTC-PERP", "buy"],
  [put, "buy"],
  [call, "sell"],
] as const) {
  const done = accepted(await alice.placeOrder({ account, instrument, side, size: "2" }));
  console.log(
    `   ${side === "buy" ? "bought" : "sold  "} ${done.filled} ${instrument.padEnd(20)} at ${done.averagePrice}`,
  );
}

// A calendar, both legs at once or none, by request for quote.
const legs = [option("call", near, 1), option("call", far, 1)];
const expiryMs = (await alice.read.venue()).timeMs + 60_000;
const [sold = "", bought = ""] = legs;
const asked = accepted(
  await alice.requestQuote({
    account,
    counterparty: desk,
    expiryMs,
    legs: [
      { instrument: sold, size: "-2" },
      { instrument: bought, size: "2" },
    ],
  }),
);
const prices = await Promise.all(
  legs.map(async (instrument) => {
    const { mark = "0" } = await bob.read.instrument({ name: instrument });
    return { instrument, price: (await bob.instrument(instrument)).roundPrice(mark, "nearest") };
  }),
);
const offered = accepted(
  await bob.offerQuote({ account: desk, request: asked.request, legs: prices, expiryMs }),
);
accepted(await alice.acceptQuote({ account, offer: offered.offer }));
console.log(`   a calendar by request for quote: -2 ${sold}, +2 ${bought}`);

console.log("4. What the book must hold, USD:");
for (const {
  mode,
  current,
  initialMargin,
  maintenanceMargin,
  equity,
  components,
  worst,
} of await alice.read.margin({ account, mode: "all" })) {
  const reason = [...components]
    .filter(({ informative }) => !informative)
    .sort((a, b) => b.initial - a.initial)[0];
  console.log(
    `   ${(mode + (current ? " *" : "")).padEnd(12)} initial ${usd(initialMargin).padStart(7)}  maintenance ${usd(maintenanceMargin).padStart(7)}  of ${usd(equity)}; most of it: ${worst?.label ?? reason?.label}`,
  );
}

// Forty orders at once; the process is killed when the tenth is acknowledged.
const acknowledged = new Set<number>();
let told: () => void = () => undefined;
const tenth = new Promise<void>((resolve) => (told = resolve));
const bidPrice = (await alice.instrument("BTC-PERP")).roundPrice((index * 0.95).toFixed(6), "down");
const flow = Array.from({ length: 40 }, async (_, i) => {
  try {
    const order = await alice.placeOrder({
      account,
      instrument: "BTC-PERP",
      side: "buy",
      price: bidPrice,
      size: "0.001",
      clientOrderId: i + 1,
    });
    acknowledged.add(accepted(order).orderId);
    if (acknowledged.size === 10) told();
  } catch (error) {
    // carried out before the kill, its receipt lost with the process: to be found in the book
    if (!(error instanceof PlimsollError) || error.code !== "PLM_NONCE") throw error;
  }
});
await tenth;
const before = new Set(acknowledged);
service.process.kill("SIGKILL");
await once(service.process, "exit");
console.log("5. The service is killed with SIGKILL while orders are under way, and started again.");
service = await serve(port);
await Promise.all(flow); // the client has sent the same bytes again, until each had its answer
const orders = await alice.read.orders({ account });
const inBook = new Set(orders.map(({ orderId }) => orderId));
console.log(`   every order acknowledged before is there: ${yes([...before].every((id) => inBook.has(id)))}`);
console.log(
  `   each of the 40 orders is there exactly once: ${yes(orders.length === 40 && new Set(orders.map(({ clientOrderId }) => clientOrderId)).size === 40)}`,
);

accepted(await alice.cancelAll({ account }));
await bobQuotes();
const half = accepted(await alice.placeOrder({ account, instrument: "BTC-PERP", side: "sell", size: "1" }));
console.log(`6. It goes on: Alice cancels them, and sells ${half.filled} BTC-PERP at ${half.averagePrice}.`);

const { root } = await alice.read.stateRoot();
await Promise.all([alice, bob, treasurer].map((client) => client.close()));
service.process.kill("SIGTERM");
await once(service.process, "exit");
const verified: { readonly roots: readonly { readonly root: string; readonly snapshot?: string }[] } =
  JSON.parse(
    execFileSync(process.execPath, [program, "verify", join(data, "journal"), "--json"], {
      encoding: "utf8",
    }),
  );
const last = verified.roots.at(-1);
console.log(
  `7. Replayed from the first command by \`plimsoll verify\`: the same state root: ${yes(`0x${last?.root}` === root && last?.snapshot === "same")}`,
);
interface Held {
  readonly asset: string;
  readonly deposited: string;
  readonly owed: string;
  readonly holds: boolean;
}
const { conservation }: { readonly conservation: readonly Held[] } = JSON.parse(service.printed());
for (const { asset, deposited, owed, holds } of conservation) {
  console.log(
    `   ${asset.padEnd(6)} ${deposited.padStart(8)} in the vaults, ${owed.padStart(8)} owed: ${holds ? "equal to the unit" : "NOT EQUAL"}`,
  );
}
rmSync(data, { recursive: true });
