import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Receipt } from "../../src/service/api/index.ts";
import { ServedVenue } from "./api-client.ts";
import { keys, perpetualName, ServiceVenue } from "./venue.ts";

/** Closing while everybody sends as fast as they can, and some hold on to what they have. */

const holders = [
  "",
  "GET /v1/venue HTTP/1.1\r\nhost: x\r\nx:",
  "POST /v1/commands HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n{",
  "GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n",
  "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100),
  "GET /v1/stream HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
];

async function hold(url: string, said: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.pause();
  socket.write(said);
  return socket;
}

test("closing under load takes a bounded time, and every command in the journal was answered", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "plimsoll-closing-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const served = await ServedVenue.start({ directory, limits: { closeMs: 1_500, commandBurst: 1e9 } });
  const { venue, api } = served;
  const held = await Promise.all(holders.map((said) => hold(api.url, said)));
  const order = venue.order({ account: venue.alice, priceTicks: 99_000, lots: 1, timeInForce: "ioc" });
  const ofBob = { ...order, account: venue.bob };
  const answered = new Set<number>();
  const refused = new Set<string>();
  const stopped = new AbortController();
  let unanswered = 0;
  const before = venue.clearinghouse.machine.sequence;

  const overHttp = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        const { status, body } = await served.post<Receipt>("/v1/commands", venue.sign(keys.bob, ofBob));
        if (status === 200 || status === 422) answered.add(body.sequence);
        else refused.add(String(status));
      } catch {
        // the connection was closed before this one was sent
        unanswered++;
        return;
      }
    }
  };
  const streams = await Promise.all(Array.from({ length: 4 }, () => served.stream()));
  for (const stream of streams) await stream.follow(`book:${perpetualName}`);
  const sending = setInterval(() => {
    for (const stream of streams) {
      if (stream.socket.readyState !== stream.socket.OPEN) continue;
      for (let i = 0; i < 5; i++) stream.send({ op: "command", signed: venue.sign(keys.alice, order) });
    }
  }, 5);
  const posting = Array.from({ length: 8 }, overHttp);
  // Not a time: a busy machine has carried out nothing in it.
  while (venue.clearinghouse.durableSequence - before <= 100) {
    await new Promise((done) => setTimeout(done, 20));
  }

  const startMs = performance.now();
  await api.close();
  const tookMs = performance.now() - startMs;
  stopped.abort();
  clearInterval(sending);
  await Promise.all(posting);
  for (const stream of streams) {
    assert.equal((await stream.closed).code, 1001);
    for (const message of stream.messages)
      if (message.type === "receipt") answered.add(message.receipt.sequence);
  }
  for (const socket of held) socket.destroy();
  const { durableSequence } = venue.clearinghouse;
  assert.ok(tookMs < 5_000, `${tookMs} ms`);
  assert.ok(durableSequence - before > 100, "there was load");
  const missing = Array.from({ length: durableSequence - before }, (_, i) => before + 1 + i).filter(
    (sequence) => !answered.has(sequence),
  );
  assert.deepEqual(missing, []);
  assert.ok(
    [...refused].every((status) => status === "503"),
    [...refused].join(),
  );
  assert.ok(unanswered <= posting.length);
  await served.close();

  const again = await ServiceVenue.open({ directory });
  assert.equal(again.clearinghouse.machine.sequence, durableSequence);
  await again.close();
});

test("a request that its client never finishes does not hold up closing", async () => {
  const served = await ServedVenue.start();
  const { url } = served.api;
  const held = await Promise.all(holders.slice(0, 3).map((said) => hold(url, said)));
  await served.get("/health/live"); // those before are known
  const startMs = performance.now();
  await served.api.close();
  assert.ok(performance.now() - startMs < 5_000, "half of the time that is left to what is under way");
  for (const socket of held) socket.destroy();
  await served.close();
});
