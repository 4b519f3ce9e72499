import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { sha256 } from "@noble/hashes/sha2.js";
import { chromium } from "playwright-core";
import * as clearing from "../../src/clearing/index.ts";
import * as state from "../../src/clearing/state/index.ts";
import { commandNumbers, eventNumbers } from "../../src/clearing/protocol/type-numbers.ts";
import { replay, type Replayed } from "./replay.ts";
import { serveReplay } from "./serve.ts";
import { wholeJournal } from "./whole-journal.ts";

const executable = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const skip = existsSync(executable) ? false : `no Chromium at ${executable}: install it, or set CHROMIUM`;
const seed = 20_261_124;
const rootEvery = 250;

/** What the page leaves when it is done. */
declare const found:
  | { readonly hasWasm: boolean; readonly hasEval: boolean; readonly replayed: Replayed }
  | undefined;

const journal = wholeJournal(seed);
const inNode = replay({ clearing, state, sha256 }, journal.bytes, rootEvery);

test("the journal that is replayed uses every command and causes every event", () => {
  assert.deepEqual([...journal.commandTypes].sort(), Object.keys(commandNumbers).sort());
  assert.deepEqual([...journal.eventTypes].sort(), Object.keys(eventNumbers).sort());
  assert.ok(inNode.roots.length > 5);
  assert.equal(inNode.records, journal.records);
});

test("the same journal gives the same roots and events in Node and in Chromium", { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "plimsoll-browser-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const dist = join(folder, "dist");
  const build = fileURLToPath(new URL("../../scripts/build.mjs", import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, [build, "--out", dist], { encoding: "utf8" });
  assert.ok(existsSync(join(dist, "clearing/index.js")), stdout + stderr);
  const { server, origin } = await serveReplay(dist, journal.bytes);
  t.after(() => server.close());
  const browser = await chromium.launchPersistentContext(join(folder, "profile"), {
    executablePath: executable,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  t.after(() => browser.close());

  for (const [path, isFree] of [
    ["/", true],
    ["/strict", false],
  ] as const) {
    await t.test(isFree ? "with WebAssembly" : "where neither WebAssembly nor eval is allowed", async () => {
      const tab = await browser.newPage();
      const wrong: string[] = [];
      tab.on("pageerror", (error) => wrong.push(error.message));
      // The page works by itself: what a debugger evaluates isn't held to the page's policy.
      await tab.goto(`${origin}${path}?every=${rootEvery}`);
      const handle = await tab.waitForFunction(() => "found" in globalThis && found, undefined, {
        timeout: 60_000,
      });
      assert.deepEqual(await handle.jsonValue(), { hasWasm: isFree, hasEval: false, replayed: inNode });
      assert.deepEqual(wrong, []);
      await tab.close();
    });
  }
});
