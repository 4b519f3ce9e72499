import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { routes, type RouteName } from "../../src/service/api/index.ts";
import { type ClearingEvent } from "../../src/clearing/index.ts";
import { type Answer, ServedVenue } from "./api-client.ts";
import { type Schema, SchemaChecker, spoiled } from "./json-schema.ts";
import { keys, perpetualName } from "./venue.ts";

const seed = 20_261_124;

/** Requests made from the API document, good and bad. None may be answered by a fault. */
describe("requests drawn from the API document", () => {
  let served: ServedVenue;
  let checker: SchemaChecker;
  let tokens: string[] = [];
  const many = 1e9;

  before(async () => {
    served = await ServedVenue.start({
      limits: {
        requestsPerMinute: many,
        commandRequestsPerMinute: many,
        sessionsPerMinute: many,
        commandBurst: many,
        messageBurst: many,
      },
    });
    checker = new SchemaChecker((await served.get<Schema>("/openapi.json")).body);
    tokens = [await served.login(keys.alice), await served.login(keys.officer), "wrong"];
  });
  after(() => served.close());

  const pointerOf = (name: RouteName): string => {
    const { path, method } = routes[name];
    return `#/paths/${path.replaceAll("/", "~1")}/${method.toLowerCase()}`;
  };

  /** The answer is one that the document describes, and no fault. */
  function assertDescribed(name: RouteName, answer: Answer): void {
    const { status, text, headers } = answer;
    const responses = checker.at(`${pointerOf(name)}/responses`);
    assert.ok(Object.hasOwn(responses, String(status)), `${name} answers ${status}: ${text.slice(0, 300)}`);
    assert.notEqual(status, 503, text.slice(0, 300));
    if (!(headers.get("content-type") ?? "").startsWith("application/json")) return;
    const schema = checker.at(`${pointerOf(name)}/responses/${status}/content/application~1json/schema`);
    assert.deepEqual(checker.faults(schema, answer.body), [], text.slice(0, 500));
  }

  const bodySchema = (name: RouteName): Schema =>
    checker.at(`${pointerOf(name)}/requestBody/content/application~1json/schema`);

  const failure = (): string | undefined => served.venue.clearinghouse.failure?.stack;

  test("bodies of commands and sessions, whole and spoiled", async () => {
    for (const name of ["submitCommand", "openSession"] as const) {
      const whole = checker.valid(bodySchema(name));
      await fc.assert(
        fc.asyncProperty(fc.oneof(whole, spoiled(whole)), async (body) => {
          assertDescribed(name, await served.post(routes[name].path, body));
          assert.equal(failure(), undefined);
        }),
        { seed, numRuns: 150 },
      );
    }
  });

  test("signed commands of every type, with any values", async () => {
    const commandSchema = (bodySchema("submitCommand")["properties"] as Record<string, Schema>)["command"]!;
    const { venue } = served;
    const people = [keys.alice, keys.officer, keys.bob];
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(checker.valid(commandSchema), fc.nat(2), fc.boolean(), async (command, who, own) => {
        const drawn = command as { type: "cancelAll"; account: number; instrument: number };
        const near = own && "account" in drawn ? { ...drawn, account: venue.alice } : drawn;
        const signer = people[who]!;
        let body: unknown;
        try {
          body = venue.sign(signer, near);
        } catch {
          return; // what cannot be hashed cannot be signed
        }
        const answer = await served.post<{ events?: ClearingEvent[]; outcome?: string }>(
          "/v1/commands",
          body,
        );
        assertDescribed("submitCommand", answer);
        seen.add(`${drawn.type} ${answer.status}`);
        assert.equal(failure(), undefined);
      }),
      { seed, numRuns: 250 },
    );
    assert.ok(seen.size > 40, [...seen].sort().join("\n"));
  });

  test("paths and queries, whole and spoiled", async () => {
    const odd = fc.oneof(
      fc.constantFrom(
        "",
        "-1",
        "1e9",
        "0x10",
        "%00",
        "%2F",
        "NaN",
        "null",
        "9".repeat(30),
        "x".repeat(300),
        "%F0%9F%92%A5",
      ),
      fc.string({ maxLength: 12 }).map((text) => encodeURIComponent(text.toWellFormed())),
    );
    const names = (Object.keys(routes) as RouteName[]).filter((name) => routes[name].method === "GET");
    const { venue } = served;
    const asked = fc.constantFrom(...names).chain((name) => {
      const { path, params = {}, query = {} } = routes[name];
      const value = (field: string): fc.Arbitrary<string> => {
        if (field === "name") return fc.oneof(fc.constant(perpetualName), odd);
        if (field === "account") return fc.oneof(fc.constantFrom(String(venue.alice), "0", "99"), odd);
        return fc.oneof(fc.constantFrom("1", "20", "all", "cross", "ledger", "3:1"), odd);
      };
      return fc
        .record({
          values: fc.record(Object.fromEntries(Object.keys(params).map((field) => [field, value(field)]))),
          search: fc.record(
            Object.fromEntries([...Object.keys(query), "strange"].map((field) => [field, value(field)])),
            { requiredKeys: [] },
          ),
          token: fc.constantFrom(...tokens),
        })
        .map(({ values, search, token }) => {
          const filled = path.replace(/\{(\w+)\}/g, (_, field: string) => String(values[field]));
          const text = Object.entries(search)
            .map(([field, of]) => `${field}=${String(of)}`)
            .join("&");
          return { name, path: text === "" ? filled : `${filled}?${text}`, token };
        });
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ name, path, token }) => {
        const answer = await served.get(path, token);
        // a strange value may lead to another path, or to none
        if (answer.status < 400) assert.ok(answer.status === 200 || answer.status === 204);
        else if (
          answer.status !== 404 &&
          answer.status !== 400 &&
          answer.status !== 405 &&
          answer.status !== 414
        ) {
          assertDescribed(name, answer);
        }
        assert.ok(answer.status < 500, `${path}: ${answer.text.slice(0, 300)}`);
      }),
      { seed, numRuns: 300 },
    );
  });

  test("messages of the stream, whole and spoiled", async () => {
    const { body: document } = await served.get<Schema>("/asyncapi.json");
    const messages = new SchemaChecker(document);
    const stream = await served.stream();
    const ops = ["authenticate", "subscribe", "unsubscribe", "command", "ping"];
    const whole = fc.oneof(
      ...ops.map((op) => messages.valid(messages.at(`#/components/messages/${op}/payload/schema`))),
    );
    const drawn = fc.sample(fc.oneof(whole, spoiled(whole)), { seed, numRuns: 300 });
    for (const message of drawn) stream.socket.send(JSON.stringify(message) ?? "null");
    const last = await stream.answer(stream.send({ op: "ping" }));
    assert.ok(last.type === "pong" || last.type === "error");
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const message of stream.messages) {
      const schema = messages.at(`#/components/messages/${message.type}/payload/schema`);
      assert.deepEqual(messages.faults(schema, message), [], JSON.stringify(message).slice(0, 400));
      if (message.type === "error") assert.notEqual(message.error.code, "PLM_UNAVAILABLE");
    }
    assert.equal(failure(), undefined);
  });
});
