import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, test } from "node:test";
import { apiLogger, type HealthAnswer, type Receipt } from "../../src/service/api/index.ts";
import { assertRefused, ServedVenue } from "./api-client.ts";
import { keys, perpetualName, type ServiceVenue } from "./venue.ts";

/** A logger that keeps its lines. */
function keptLog(): { readonly lines: string[]; readonly logger: ReturnType<typeof apiLogger> } {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done): void {
      lines.push(...chunk.toString().trim().split("\n"));
      done();
    },
  });
  return { lines, logger: apiLogger("trace", sink) };
}

const parsed = (lines: readonly string[]): Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe("logs", () => {
  test("one line per request, with who and what became of it, and no secrets", async (t) => {
    const { lines, logger } = keptLog();
    const served = await ServedVenue.start({ logger });
    t.after(() => served.close());
    const { venue } = served;
    const token = await served.login(keys.alice);
    const order = venue.order({ account: venue.alice, priceTicks: 99_000, lots: 1 });
    const command = venue.sign(keys.alice, order);
    const { headers, body } = await served.post<Receipt>("/v1/commands", command);
    await served.get("/v1/accounts", token);
    await served.post("/v1/commands", { ...command, nonce: command.nonce + 1 });
    await served.post("/v1/commands", { signature: command.signature, token });
    const stream = await served.stream();
    await stream.answer(stream.send({ op: "authenticate", token }));
    await stream.answer(stream.send({ op: "command", signed: venue.sign(keys.alice, order) }));
    logger.info(
      { token, req: { headers: { authorization: `Bearer ${token}` } }, body: { signature: "0xsecret" } },
      "x",
    );
    const requests = parsed(lines).filter(({ msg }) => msg === "request");
    const line = requests.find(({ id }) => id === headers.get("x-request-id"));
    assert.equal(line?.["status"], 200);
    assert.equal(line["route"], "/v1/commands");
    assert.equal(line["signer"], keys.alice.signer);
    assert.equal(line["sequence"], body.sequence);
    assert.equal(line["outcome"], "accepted");
    assert.equal(typeof line["ms"], "number");
    assert.deepEqual(
      requests.map(({ status }) => status),
      [200, 200, 200, 401, 400],
    );
    assert.equal(requests.at(-1)?.["error"], "PLM_FIELD");
    assert.ok(parsed(lines).some(({ msg, outcome }) => msg === "stream" && outcome === "accepted"));
    const all = lines.join("\n");
    for (const secret of [token, command.signature.slice(2, 60), "0xsecret"])
      assert.ok(!all.includes(secret), secret);
  });
});

describe("closing", () => {
  test("answers what is under way, refuses the rest, says goodbye, and keeps everything", async () => {
    const directory = mkdtempSync(join(tmpdir(), "plimsoll-closing-"));
    const served = await ServedVenue.start({ directory });
    const { venue } = served;
    const order = venue.order({ account: venue.alice, priceTicks: 99_000, lots: 1 });
    const stream = await served.stream();
    await stream.follow(`book:${perpetualName}`);
    const commands = Array.from({ length: 30 }, () => venue.sign(keys.alice, order));
    const ids = commands.slice(0, 15).map((command) => stream.send({ op: "command", signed: command }));
    const posts = commands.slice(15).map((command) => served.post<Receipt>("/v1/commands", command));
    await posts[0];
    const closing = served.api.close();
    const answers = await Promise.all(posts);
    for (const { status } of answers) assert.ok(status === 200 || status === 503, String(status));
    assert.equal((await stream.closed).code, 1001);
    await closing;
    const sequence = venue.clearinghouse.durableSequence;
    const receipts = stream.messages.filter(({ type }) => type === "receipt");
    const refused = stream.messages.filter(({ type }) => type === "error");
    assert.equal(receipts.length + refused.length, ids.length, "everybody was answered");
    await assert.rejects(served.get("/v1/venue"), "nobody listens any more");
    await served.close();

    // recovery knows every order, and the answers to the last commands
    const again = await ServedVenue.start({ directory });
    assert.equal(again.venue.clearinghouse.machine.sequence, sequence);
    const accepted = commands.filter((_, i) =>
      i < 15
        ? stream.messages.some((message) => message.type === "receipt" && message.id === ids[i])
        : answers[i - 15]?.status === 200,
    );
    assert.equal(again.venue.clearinghouse.machine.engine.stores.orders.orderCount, accepted.length);
    const repeated = await again.post<Receipt>("/v1/commands", accepted[15]);
    assert.equal(repeated.status, 200);
    assert.deepEqual(repeated.body, answers[0]?.body);
    assert.equal(again.venue.clearinghouse.machine.sequence, sequence, "it is answered, not done again");
    await again.close();
    rmSync(directory, { recursive: true });
  });

  test("while it closes it is not ready, and takes no commands", async () => {
    const served = await ServedVenue.start();
    const { venue, api } = served;
    const order = venue.order({ account: venue.alice, priceTicks: 99_000, lots: 1 });
    const open = await served.get<HealthAnswer>("/health/ready");
    assert.equal(open.body.status, "ready");
    const slow = holdDisk(venue);
    const waiting = served.post<Receipt>("/v1/commands", venue.sign(keys.alice, order));
    await slow.held;
    const closing = api.close();
    const [ready, live, refused] = await Promise.all([
      served.get<HealthAnswer>("/health/ready"),
      served.get("/health/live"),
      served.post("/v1/commands", venue.sign(keys.alice, order)),
    ]);
    assert.equal(ready.status, 503);
    assert.equal(ready.body.status, "closing");
    assert.equal(live.status, 200);
    assertRefused(refused, 503, "PLM_BUSY");
    slow.release();
    assert.equal((await waiting).status, 200);
    await closing;
    await served.close();
  });
});

/** Lets the next group that goes to the disk wait. */
function holdDisk({ log }: ServiceVenue): { readonly held: Promise<void>; readonly release: () => void } {
  const append = log.append.bind(log);
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  log.append = async (records, expected): Promise<void> => {
    const written = append(records, expected);
    held.resolve();
    await released.promise;
    await written;
  };
  return { held: held.promise, release: () => released.resolve() };
}

describe("failure", () => {
  test("nobody is told what the disk does not hold", async () => {
    const served = await ServedVenue.start({ limits: { cacheMs: 0 } });
    const { venue } = served;
    const slow = holdDisk(venue);
    const stream = await served.stream();
    await stream.follow(`book:${perpetualName}`);
    const order = venue.order({ account: venue.alice, priceTicks: 99_000, lots: 1 });
    const posted = served.post<Receipt>("/v1/commands", venue.sign(keys.alice, order));
    await slow.held;
    const book = served.get<{ bids: unknown[] }>(`/v1/instruments/${perpetualName}/book`);
    const early = await Promise.race([
      book,
      posted,
      new Promise((resolve) => setTimeout(() => resolve("none"), 60)),
    ]);
    assert.equal(early, "none");
    assert.ok(!stream.messages.some(({ type }) => type === "update"));
    slow.release();
    assert.equal((await posted).status, 200);
    assert.equal((await book).body.bids.length, 1);
    await stream.of("update");
    await served.close();
  });

  test("after a failed disk everything is 503 and health says so, until it is closed", async () => {
    const { lines, logger } = keptLog();
    const served = await ServedVenue.start({ logger, limits: { cacheMs: 0 } });
    const { venue } = served;
    const token = await served.login(keys.alice);
    venue.log.append = async (): Promise<void> => {
      throw new Error("the disk is gone");
    };
    const order = venue.order({ account: venue.alice, priceTicks: 99_000, lots: 1 });
    for (const answer of [
      await served.post("/v1/commands", venue.sign(keys.alice, order)),
      await served.post("/v1/commands", venue.sign(keys.alice, order)),
      await served.get("/v1/venue"),
      await served.get(`/v1/instruments/${perpetualName}/book`),
      await served.get(`/v1/accounts/${venue.alice}`, token),
    ]) {
      assertRefused(answer, 503, "PLM_UNAVAILABLE");
    }
    const ready = await served.get<HealthAnswer>("/health/ready");
    assert.equal(ready.status, 503);
    assert.equal(ready.body.status, "failed");
    assert.match((await served.get("/metrics")).text, /plimsoll_failed 1/);
    assert.ok(lines.join("\n").includes("the disk is gone"), "the log has the reason");
    await served.close();
  });

  test("a listener that fails stops nothing but itself", async () => {
    const served = await ServedVenue.start();
    const { venue } = served;
    venue.clearinghouse.subscribe(() => {
      throw new Error("a bad listener");
    });
    const order = venue.order({ account: venue.alice, priceTicks: 99_000, lots: 1 });
    for (let i = 0; i < 2; i++) {
      assert.equal((await served.post("/v1/commands", venue.sign(keys.alice, order))).status, 200);
    }
    await served.close();
  });
});
