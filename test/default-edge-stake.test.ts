import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, connect } from "../src/service/client/index.ts";
import { ServedVenue } from "./service/api-client.ts";
import { keys } from "./service/venue.ts";

test("the first stake lists its shares, and they can be given back at once, also where the venue's clock stands still", async () => {
  const served = await ServedVenue.start();
  const alice = await connect({ url: served.api.url, key: keys.alice });
  try {
    const { alice: account } = served.venue;
    assert.equal(accepted(await alice.stakeFund({ account, amount: "1500" })).shares, "1500");
    const { unstake } = accepted(await alice.unstakeFund({ account, shares: "500" }));
    const { shares, requests } = await alice.read.stakes({ account });
    assert.deepEqual([shares, requests.map((request) => request.unstake)], ["1000", [unstake]]);
  } finally {
    await alice.close();
    await served.close();
  }
});
