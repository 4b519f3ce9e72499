// A reference liquidator: calls for the liquidation of accounts below their maintenance margin, for the tip and the share of the requirement
// that the venue pays for it. The venue looks at accounts itself, price after price; this finds those that it has not come to yet.
// It runs against a service, with the caller's key and account in the environment.
import { connect, newAddressKey } from "plimsoll/client";

const { PLIMSOLL_URL: url, PLIMSOLL_KEY: secret, PLIMSOLL_ACCOUNT: own } = process.env;
/** Time between two looks, milliseconds. */
const everyMs = 250;

async function run(service: string, key: string, account: number): Promise<void> {
  const client = await connect({ url: service, key: newAddressKey(key) });
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  console.log("looking for accounts to call");
  while (!stop.signal.aborted) {
    const { callable } = await client.read.liquidations({ limit: 1 });
    for (const { account: target } of callable) {
      const outcome = await client.callLiquidation({ account, target });
      // Someone else, or the venue, was first: nothing is lost.
      if (outcome.outcome === "rejected") continue;
      const paid = outcome.events.flatMap((event) =>
        event.type === "balanceChanged" && event.reason === "incentive" && event.account === account
          ? [event.units]
          : [],
      );
      console.log(
        "called account",
        target,
        "liquidation",
        outcome.liquidation,
        "paid",
        paid.join(" + "),
        "units",
      );
    }
    await new Promise((done) => setTimeout(done, everyMs));
  }
  await client.close();
}

if (url === undefined || secret === undefined || own === undefined) {
  console.log(
    "Set PLIMSOLL_URL to a service, PLIMSOLL_KEY to a secret of 64 hex digits, PLIMSOLL_ACCOUNT to its account.",
  );
} else await run(url, secret, Number(own));
