// A reference liquidator: calls for the liquidation of accounts below their maintenance margin, for the tip and the share of the requirement
// that the venue pays for it. The venue looks at accounts itself, with every price and after two seconds without one; this finds those that it
// has not come to yet. Between two prices marks follow the book, funding and interest go on; and of all that one brings below, it begins 2,048.
// It runs against a service, with the caller's key and account in the environment.
import { connect, newAddressKey, PlimsollError } from "plimsoll/client";

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
      if (outcome.outcome === "rejected") {
        const { code } = outcome.rejection;
        // Someone else, or the venue, was first: nothing is lost.
        if (code !== "notInDefault") console.log("refused:", code);
        continue;
      }
      const { liquidation, events } = outcome;
      const paid = events.flatMap((event) =>
        event.type === "balanceChanged" && event.reason === "incentive" && event.account === account
          ? [event.units]
          : [],
      );
      if (liquidation === undefined) console.log(`account ${target}: without its orders it meets its margin`);
      else
        console.log(
          `called account ${target} liquidation ${liquidation} paid ${paid.join(" + ") || 0} units`,
        );
    }
    await new Promise((done) => setTimeout(done, everyMs));
  }
  await client.close();
}

const settings = {
  PLIMSOLL_URL: "the address of a service, such as http://127.0.0.1:7300",
  PLIMSOLL_KEY: "a secret of 64 hex digits",
  PLIMSOLL_ACCOUNT: "the number of an account of that key's",
};
if (!url || !secret || !own || !/^\d+$/.test(own)) {
  console.error("This liquidator runs against a service. Set in the environment:");
  for (const [name, what] of Object.entries(settings)) console.error(`  ${name}  ${what}`);
  process.exitCode = 2;
} else {
  await run(url, secret, Number(own)).catch((error: unknown) => {
    if (!(error instanceof PlimsollError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  });
}
