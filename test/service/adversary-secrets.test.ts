import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { test } from "node:test";
import { apiLogger, type Receipt } from "../../src/service/api/index.ts";
import { openHistory } from "../../src/service/history/index.ts";
import { PlimsollError } from "../../src/quantity/error.ts";
import { ServedVenue } from "./api-client.ts";
import { keys } from "./venue.ts";

/** Looks for secrets wherever the service puts anything down. */

test("logs, figures, documents, answers and the journal hold no tokens; only the journal holds signatures", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "plimsoll-secrets-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done): void {
      lines.push(chunk.toString());
      done();
    },
  });
  const served = await ServedVenue.start({ directory, logger: apiLogger("trace", sink) });
  const { venue } = served;
  const heard: string[] = [];
  const token = await served.login(keys.alice);
  const order = venue.order({ account: venue.alice, priceTicks: 99_000, lots: 1 });
  const command = venue.sign(keys.alice, order);
  const { signature } = command;
  const session = served.sessionRequest(keys.alice);
  const asked: (readonly [path: string, init?: RequestInit])[] = [
    [`/v1/accounts?token=${token}`],
    [`/v1/stream?token=${token}`],
    [`/nowhere?token=${token}`],
    [`/v1/%zz?token=${token}`],
    ["/v1/accounts", { headers: { authorization: `Basic ${token}` } }],
    ["/v1/accounts", { headers: { authorization: token } }],
    [`/v1/accounts/${venue.bob}`, { headers: { authorization: `Bearer ${token}` } }],
    ["/v1/accounts/x", { method: "PATCH", headers: { authorization: `Bearer ${token}`, "x-token": token } }],
  ];
  for (const [path, init] of asked) heard.push((await served.request(path, init)).text);
  for (const [path, body] of [
    ["/v1/commands", { ...command, token }],
    ["/v1/commands", { ...command, signature: `${signature}00` }],
    ["/v1/commands", { ...command, signature: { of: signature } }],
    ["/v1/commands", { ...command, nonce: command.nonce + 50 }],
    ["/v1/commands", { ...command, command: { ...order, signature, token } }],
    ["/v1/sessions", { ...session, signature }],
    ["/v1/sessions", { ...session, signature: `${session.signature}00` }],
    ["/v1/sessions", { ...session, expiryMs: 1 }],
    ["/v1/sessions", `{"token":"${token}" "signature":"${signature}"}`],
  ] as const) {
    heard.push((await served.post(path, body)).text);
  }
  const receipt = await served.post<Receipt>("/v1/commands", command);
  assert.equal(receipt.status, 200);
  heard.push(receipt.text);
  const stream = await served.stream();
  await stream.answer(stream.send({ op: "authenticate", token }));
  await stream.follow(`account:${venue.alice}`);
  await stream.answer(stream.send({ op: "authenticate", token: `${token}x` }));
  await stream.answer(stream.send({ op: "command", signed: { ...command, signature: `${signature}00` } }));
  await stream.answer(stream.send({ op: "command", signed: { ...command, nonce: command.nonce + 50 } }));
  for (const path of ["/metrics", "/openapi.json", "/asyncapi.json", "/v1/venue", "/health/ready"]) {
    heard.push((await served.get(path, token)).text);
  }
  heard.push(...stream.messages.map((message) => JSON.stringify(message)));

  // a fault, which is logged with its stack
  venue.log.append = async (): Promise<void> => {
    throw Object.assign(new Error("the disk is gone"), { password: "hunter2", token });
  };
  heard.push((await served.post("/v1/commands", venue.sign(keys.alice, order))).text);
  assert.ok(lines.join("").includes("the disk is gone"));
  await served.close();

  const folder = join(directory, "journal");
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  assert.ok(files.length > 0);
  const everywhere = [...lines, ...heard].join("\n");
  const key = Buffer.alloc(32, 2);
  for (const [what, secret] of Object.entries({
    token,
    signature: signature.slice(2, 100),
    session: session.signature.slice(2, 100),
    key: key.toString("hex"),
    password: "hunter2",
  })) {
    const at = everywhere.indexOf(secret);
    assert.equal(at, -1, `${what}: …${everywhere.slice(Math.max(0, at - 200), at + 20)}`);
  }
  for (const bytes of files) {
    for (const secret of [Buffer.from(token), Buffer.from(session.signature.slice(2), "hex"), key]) {
      assert.equal(bytes.indexOf(secret), -1);
    }
  }
});

test("an address of a database that history doesn't know is not repeated, and names no file", async () => {
  for (const address of [
    "mysql://someone:hunter2@host/x",
    "POSTGRESQL://someone:hunter2@host/x",
    " postgres://someone:hunter2@host/x",
    "postgresql:someone:hunter2@host/x",
    "postgresql://someone:hunter2@host:port/x",
    "postgresql://someone:hunter2@[::1/x",
    "postgresql://127.0.0.1:1/x?user=someone&password=hunter2",
  ]) {
    await assert.rejects(openHistory(address), (error) => {
      assert.ok(error instanceof PlimsollError, address);
      assert.doesNotMatch(`${error.message} ${JSON.stringify(error.toJSON())}`, /hunter2/);
      return true;
    });
  }
});
