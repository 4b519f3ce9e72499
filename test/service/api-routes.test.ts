import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Page, routes } from "../../src/service/api/index.ts";
import {
  type AccountView,
  type BookView,
  type FillView,
  type InstrumentView,
} from "../../src/service/views/index.ts";
import { assertRefused, ServedVenue } from "./api-client.ts";
import { type Schema, SchemaChecker } from "./json-schema.ts";
import { keys, perpetualIndex, perpetualName, toHex } from "./venue.ts";

describe("routes", () => {
  let served: ServedVenue;
  let checker: SchemaChecker;
  let document: Schema;
  let token = "";

  before(async () => {
    served = await ServedVenue.start({ limits: { cacheMs: 0 } });
    const { venue } = served;
    await venue.must(keys.alice, venue.order({ account: venue.alice, priceTicks: 99_000, lots: 5 }));
    await venue.must(keys.alice, venue.order({ account: venue.alice, priceTicks: 98_500, lots: 7 }));
    await venue.must(
      keys.bob,
      venue.order({ account: venue.bob, side: "sell", priceTicks: 99_000, lots: 2 }),
    );
    await venue.must(keys.alice, {
      type: "withdraw",
      account: venue.alice,
      asset: 0,
      units: 1_500_000,
      destination: "0xabc",
    });
    await venue.must(keys.officer, {
      type: "createPool",
      instrument: perpetualIndex,
      pool: {
        depthLotsPerPercent: 100,
        maxDeviationPpm: 50_000,
        feePpm: 300,
        minPricePpm: 700_000,
        maxPricePpm: 1_300_000,
        initialShareUnits: 1_000,
      },
    });
    // two funding intervals pass
    venue.nowMs += 7_200_000;
    await venue.price(100_500);
    await venue.history.drain();
    token = await served.login(keys.alice);
    document = (await served.get<Schema>("/openapi.json")).body;
    checker = new SchemaChecker(document);
  });
  after(() => served.close());

  test("every route of the table is in the document, and every answer is what it says", async () => {
    const { venue } = served;
    for (const [name, route] of Object.entries(routes)) {
      // Those of an auction need one: default-routes.test.ts.
      if (route.method !== "GET" || name === "auction") continue;
      const path = route.path.replace("{account}", String(venue.alice)).replace("{name}", perpetualName);
      const query =
        name === "margin" ? "?mode=all" : name === "stateProof" ? `?section=ledger&leaf=${venue.alice}` : "";
      const reader = name === "allWithdrawals" ? await served.login(keys.officer) : token;
      const answer = await served.get(path + query, reader);
      assert.equal(answer.status, 200, `${name}: ${answer.text}`);
      const pointer = `#/paths/${route.path.replaceAll("/", "~1")}/get/responses/200/content`;
      if (route.answerType !== undefined) {
        assert.ok(checker.at(pointer)[route.answerType] !== undefined);
        continue;
      }
      const faults = checker.faults(checker.at(`${pointer}/application~1json/schema`), answer.body);
      assert.deepEqual(faults, [], `${name}: ${answer.text.slice(0, 400)}`);
    }
  });

  test("the document has every route, and nothing else", () => {
    const paths = Object.entries(checker.at("#/paths")).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const table = Object.values(routes).map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(paths.sort(), table.sort());
    assert.equal(document["openapi"], "3.1.0");
  });

  test("decimals say what the integers are", async () => {
    const { venue } = served;
    const { body: book } = await served.get<BookView>(`/v1/instruments/${perpetualName}/book?depth=1`);
    assert.deepEqual(book.bids, [{ price: "99000", priceTicks: 99_000, lots: 3, size: "0.003" }]);
    const { body: account } = await served.get<AccountView>(`/v1/accounts/${venue.alice}`, token);
    assert.deepEqual(
      account.positions.map(({ instrument, lots, size, cost }) => ({ instrument, lots, size, cost })),
      [{ instrument: perpetualName, lots: 2, size: "0.002", cost: "198" }],
    );
    const dollars = account.balances.find(({ asset }) => asset === "USDC");
    assert.equal(dollars?.held, "1.5");
    const { body: fills } = await served.get<Page<FillView>>(`/v1/accounts/${venue.alice}/fills`, token);
    assert.deepEqual(
      fills.rows.map(({ price, size, fee, role, side }) => ({ price, size, fee, role, side })),
      [{ price: "99000", size: "0.002", fee: "-0.0099", role: "maker", side: "buy" }],
    );
    const { body: perpetual } = await served.get<InstrumentView>(`/v1/instruments/${perpetualName}`);
    assert.equal(perpetual.indexPrice, "100500");
    assert.equal(perpetual.openInterestLots, 2);
  });

  test("history comes in pages, newest first, without gaps", async () => {
    const { venue } = served;
    const whole = await served.get<Page<{ sequence: number; ordinal: number }>>(
      `/v1/accounts/${venue.alice}/transfers`,
      token,
    );
    const places = whole.body.rows.map(({ sequence, ordinal }) => `${sequence}:${ordinal}`);
    assert.ok(places.length >= 2);
    const paged: string[] = [];
    let next: string | undefined = "";
    while (next !== undefined) {
      const path: string = `/v1/accounts/${venue.alice}/transfers?limit=1&before=${next}`;
      const page: typeof whole.body = (await served.get<typeof whole.body>(path, token)).body;
      paged.push(...page.rows.map(({ sequence, ordinal }) => `${sequence}:${ordinal}`));
      next = page.next;
    }
    assert.deepEqual(paged, places);
    const later = await served.get<Page<unknown>>(
      `/v1/accounts/${venue.alice}/transfers?from=${venue.now()}`,
      token,
    );
    assert.deepEqual(later.body.rows, []);
  });

  test("a proof of a leaf leads to the root that the venue tells", async () => {
    const { venue } = served;
    const { body: root } = await served.get<{ root: string; sequence: number }>("/v1/state/root");
    assert.equal(root.root, toHex(venue.clearinghouse.machine.stateRoot()));
    const proof = await served.get<{ root: string }>(
      `/v1/state/proof?section=ledger&leaf=${venue.alice}`,
      token,
    );
    assert.equal(proof.body.root, root.root);
    const others = await served.get(`/v1/state/proof?section=ledger&leaf=${venue.bob}`, token);
    assertRefused(others, 404, "PLM_UNKNOWN", "leaf");
    assertRefused(
      await served.get("/v1/state/proof?section=signers&leaf=0", token),
      404,
      "PLM_UNKNOWN",
      "leaf",
    );
    assertRefused(await served.get("/v1/state/proof?section=nope", token), 404, "PLM_UNKNOWN", "section");
    const officer = await served.login(keys.officer);
    assert.equal((await served.get("/v1/state/proof?section=signers&leaf=0", officer)).status, 200);
  });

  test("metrics name what operators need", async () => {
    const { text, headers } = await served.get("/metrics");
    assert.match(headers.get("content-type") ?? "", /^text\/plain/);
    for (const name of [
      'plimsoll_commands_total{type="placeOrder",outcome="accepted"} 3',
      "plimsoll_apply_seconds_count",
      "plimsoll_journal_commit_seconds_bucket",
      "plimsoll_journal_group_records_sum",
      "plimsoll_commands_under_way 0",
      "plimsoll_signatures_pending 0",
      "plimsoll_stream_clients 0",
      "plimsoll_history_lag_records 0",
      "plimsoll_snapshot_age_seconds",
      "plimsoll_state_sequence",
      "nodejs_eventloop_lag_seconds",
      "nodejs_heap_size_used_bytes",
    ]) {
      assert.ok(text.includes(name), name);
    }
  });
});
