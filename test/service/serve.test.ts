// `plimsoll serve` as a process: it runs, survives SIGKILL, goes on, and tells the truth at its end.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { verifyCommand } from "../../src/cli/clearing/verify.ts";
import { type Receipt } from "../../src/service/clearinghouse/index.ts";
import { serve, still } from "./serve-process.ts";
import { accepted, connect, newAddressKey } from "../../src/service/client/index.ts";

test("killed and started again, it has everything that was acknowledged; its end is verified", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "plimsoll-serve-"));
  const first = await serve(t, directory, ...still);
  let bytes = "";
  const alice = await connect({
    url: first.url,
    key: newAddressKey("aa".repeat(32)),
    giveUpMs: 200,
    fetch: async (url, asked) => {
      const request = new Request(url, asked);
      if (request.method === "POST" && request.url.endsWith("/v1/commands"))
        bytes = await request.clone().text();
      return fetch(request);
    },
  });
  const { account, sequence } = accepted(await alice.openAccount({ marginMode: "isolated" }));
  first.process.kill("SIGKILL");
  await once(first.process, "exit");
  await alice.close();

  const second = await serve(t, directory, ...still);
  assert.ok(second.sequence >= sequence);
  const headers = { "content-type": "application/json" };
  const repeat = await fetch(`${second.url}/v1/commands`, { method: "POST", headers, body: bytes });
  assert.equal(repeat.status, 200);
  const receipt = (await repeat.json()) as Receipt;
  assert.equal(receipt.sequence, sequence, "the answer of before the kill");
  const again = await connect({ url: second.url, key: newAddressKey("aa".repeat(32)) });
  const [view] = await again.read.accounts();
  assert.deepEqual([view?.account, view?.marginMode], [account, "isolated"]);
  const { root } = await again.read.stateRoot();
  await again.close();
  second.process.kill("SIGTERM");
  const [code] = (await once(second.process, "exit")) as [number];
  assert.equal(code, 0);
  const summary = JSON.parse(second.output()) as { stateRoot: string; conservation: { holds: boolean }[] };
  assert.equal(summary.stateRoot, root);
  assert.ok(summary.conservation.every(({ holds }) => holds));
  const { json } = await verifyCommand(join(directory, "journal"), {});
  const { roots } = json as { roots: { root: string; snapshot?: string }[] };
  assert.deepEqual(roots.at(-1)?.snapshot, "same");
  assert.equal(`0x${roots.at(-1)?.root}`, root);
  assert.equal(JSON.parse(readFileSync(join(directory, "venue.json"), "utf8")).feed.kind, "synthetic");
  rmSync(directory, { recursive: true });
});

test("sample traders make a market, and it ends by itself in time", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "plimsoll-serve-"));
  const served = await serve(t, directory, "--traders", "3", "--for", "8s");
  const observer = await connect({ url: served.url });
  const book = await observer.book("BTC-PERP");
  for (let tries = 0; tries < 600 && (book.bids.length === 0 || book.asks.length === 0); tries++) {
    await new Promise((done) => setTimeout(done, 10));
  }
  assert.ok(Number(book.bestBid?.price) < Number(book.bestAsk?.price));
  await observer.close();
  const [code] = (await once(served.process, "exit")) as [number];
  assert.equal(code, 0);
  const summary = JSON.parse(served.output()) as { accounts: number; openOrders: number; seconds: number };
  assert.ok(summary.accounts >= 5 && summary.seconds >= 8);
  rmSync(directory, { recursive: true });
});
