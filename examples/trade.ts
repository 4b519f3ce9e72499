// The typed client against a service of its own: money in, an order on the grid of ticks, one that is not, a fill, a stream.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { accepted, connect, newAddressKey, PlimsollError } from "plimsoll/client";
import { runLocalVenue } from "plimsoll/service";

// A venue whose made-up market stands still. `npm start` runs one that lives, at http://127.0.0.1:7300.
const directory = mkdtempSync(join(tmpdir(), "plimsoll-"));
const service = await runLocalVenue({
  directory,
  feed: { kind: "synthetic", seed: 1, startMs: Date.UTC(2026, 0, 5, 9), stepMs: 1_000 },
  speed: 1e-6,
  marginParameters: fileURLToPath(import.meta.resolve("plimsoll/params/plimsoll-margin.json")),
});
const { url } = service.api;

const alice = await connect({ url, key: newAddressKey("a1".repeat(32)) });
const bob = await connect({ url, key: newAddressKey("b0".repeat(32)) });
const treasurer = await connect({
  url,
  key: newAddressKey(readFileSync(join(directory, "keys"), "utf8").slice(0, 64)),
});
const { account } = accepted(await alice.openAccount({ marginMode: "portfolio" }));
const { account: maker } = accepted(await bob.openAccount({ marginMode: "cross" }));
for (const to of [account, maker]) {
  accepted(
    await treasurer.deposit({ account: to, asset: "USDC", amount: "50000", reference: `first of ${to}` }),
  );
}

const book = await alice.book("BTC-PERP"); // streamed, and always whole
const own = await alice.account(account);
accepted(
  await bob.placeOrder({
    account: maker,
    instrument: "BTC-PERP",
    side: "sell",
    price: "82200.5",
    size: "0.25",
  }),
);
const bought = accepted(
  await alice.placeOrder({ account, instrument: "BTC-PERP", side: "buy", size: "0.1" }),
);
console.log("bought", bought.filled, "at", bought.averagePrice, "durable as command", bought.sequence);

for await (const change of own) if (change.kind === "figures" && own.view.positions.length > 0) break;
const { equityUsd, initialMarginUsd } = own.view.margin;
console.log("position", own.view.positions[0]?.size, "equity", equityUsd, "initial margin", initialMarginUsd);
console.log("left in the book", book.bestAsk?.size, "at", book.bestAsk?.price);

try {
  await alice.placeOrder({ account, instrument: "BTC-PERP", side: "buy", price: "82000.03", size: "0.1" });
} catch (error) {
  if (error instanceof PlimsollError) console.log(error.message); // nothing was sent
}
const far = await alice.placeOrder({
  account,
  instrument: "BTC-PERP",
  side: "buy",
  price: "10000",
  size: "0.1",
});
if (far.outcome === "rejected")
  console.log(far.rejection.code, far.rejection.field, "must be", far.rejection.limit);

await Promise.all([alice, bob, treasurer].map((client) => client.close()));
await service.stop();
rmSync(directory, { recursive: true });
