// What a newcomer reads after a slip: what was sent, what is allowed, and where that is described.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { validationError } from "../../src/service/api/validation.ts";
import { connect, type ServiceError } from "../../src/service/client/index.ts";
import { ServedVenue } from "./api-client.ts";
import { keys } from "./venue.ts";

let served: ServedVenue;
before(async () => {
  served = await ServedVenue.start({ realClock: true });
});
after(() => served.close());

const refusal = async (path: string, init?: RequestInit): Promise<Record<string, string>> => {
  const answer = await fetch(`${served.api.url}${path}`, init);
  const { error } = JSON.parse(await answer.text()) as { error: Record<string, string> };
  return error;
};

test("HTTP's refusals are plain", async () => {
  const rows: readonly (readonly [Promise<Record<string, string>>, string])[] = [
    [
      refusal("/v1/instruments/BTC-PERP/book?dept=5"),
      'PLM_FIELD: dept is "5"; must be left out: there is no such field. Did you mean depth?',
    ],
    [
      refusal("/v1/instruments/BTC-PERP/book?depth=0"),
      "PLM_FIELD: depth is 0; must be an integer from 1 to 500. Send what /openapi.json describes.",
    ],
    [
      refusal("/v1/nothing"),
      'PLM_UNKNOWN: path is "/v1/nothing"; must be a path of the API. /openapi.json lists all.',
    ],
    [
      refusal("/v1/commands", { method: "POST", body: "{}", headers: { "content-type": "text/plain" } }),
      'PLM_ENCODING: content-type is "text/plain"; must be application/json. Send JSON, and say so.',
    ],
  ];
  for (const [asked, message] of rows) assert.equal((await asked)["message"], message);
});

test("a pattern is told in words, and what is secret is not repeated", () => {
  const found = { keyword: "pattern", instancePath: "/name", schemaPath: "", params: { pattern: "^a$" } };
  const parentSchema = { type: "string", maxLength: 8, pattern: "^a$" };
  const more = { data: "b", parentSchema };
  const error = validationError([{ ...found, ...more }]);
  assert.equal(error.limit, "a text of 0 to 8 characters that matches ^a$");
  const hidden = validationError([{ ...found, instancePath: "/signature", ...more }]);
  assert.equal(hidden.value, "malformed");
});

test("the client says what the service said, once quoted", async () => {
  const client = await connect({ url: served.api.url, key: keys.alice });
  try {
    await assert.rejects(
      client.read.margin({ account: served.venue.alice, mode: "al" as "all" }),
      ({ message, value }: ServiceError) => {
        assert.equal(value, "al");
        assert.equal(
          message,
          'PLM_FIELD: mode is "al"; must be one of current, isolated, cross, portfolio, all. Send what /openapi.json describes.',
        );
        return true;
      },
    );
    await assert.rejects(client.trades("NOPE"), ({ message }: ServiceError) => {
      assert.equal(
        message,
        'PLM_UNKNOWN: channel is "trades:NOPE"; must be the name of a listed instrument after the colon. No instrument of that name is listed; /v1/instruments has all.',
      );
      return true;
    });
  } finally {
    await client.close();
  }
});

test("the stream's refusals point to its own document", async () => {
  const socket = new WebSocket(`${served.api.url.replace("http", "ws")}/v1/stream`);
  const errors: string[] = [];
  const two = new Promise<void>((resolve) => {
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as { type: string; error?: { message: string } };
      if (message.type === "error") errors.push(message.error?.message ?? "");
      if (errors.length === 2) resolve();
    });
  });
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  socket.send(JSON.stringify({ op: "ping" }));
  socket.send(JSON.stringify({ op: "shout", id: 1 }));
  await two;
  socket.close();
  for (const message of errors) assert.match(message, /\/asyncapi\.json/);
});
