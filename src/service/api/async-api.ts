import { type JsonSchema } from "../../clearing/index.ts";
import { sharedSchemas } from "./protocol/documents.ts";
import { streamPath } from "./protocol/routes.ts";
import { channelSchemas, clientMessageSchemas, serverMessageSchemas } from "./protocol/stream-schemas.ts";

const schemaFormat = "application/schema+json;version=draft-2020-12";

/** References to shared schemas as they are found in this document; `$id`s would be read as addresses. */
function located(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(located);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([name]) => name !== "$id")
    .map(([name, of]): [string, unknown] =>
      name === "$ref" && typeof of === "string"
        ? [name, `#/components/schemas/${of.replace(/#$/, "")}/schema`]
        : [name, located(of)],
    );
  return Object.fromEntries(entries);
}

const nameOf = ({ $id }: JsonSchema): string => (typeof $id === "string" ? $id : "");

const multiFormat = (schema: JsonSchema): Readonly<Record<string, unknown>> => ({
  schemaFormat,
  schema: located(schema),
});

const messagesOf = (schemas: Readonly<Record<string, JsonSchema>>): [string, unknown][] =>
  Object.entries(schemas).map(([name, schema]) => [
    name,
    { name, summary: schema["description"], contentType: "application/json", payload: multiFormat(schema) },
  ]);

const refsTo = (schemas: object): { readonly $ref: string }[] =>
  Object.keys(schemas).map((name) => ({ $ref: `#/channels/stream/messages/${name}` }));

/** The AsyncAPI 3.0 document of the stream, made from the schemas that its messages are checked by. */
export function asyncApiDocument(): Readonly<Record<string, unknown>> {
  const messages = [...messagesOf(clientMessageSchemas), ...messagesOf(serverMessageSchemas)];
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Plimsoll stream",
      version: "1",
      description:
        "Books, trades, marks, funding, accounts, and commands over WebSocket. docs/api.md explains it.",
    },
    defaultContentType: "application/json",
    channels: {
      stream: {
        address: streamPath,
        description: `Text frames of JSON. Channels that can be subscribed to: ${Object.keys(channelSchemas).join(", ")}.`,
        messages: Object.fromEntries(
          messages.map(([name]) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
      },
    },
    operations: {
      receive: {
        action: "receive",
        summary: "What clients send.",
        channel: { $ref: "#/channels/stream" },
        messages: refsTo(clientMessageSchemas),
      },
      send: {
        action: "send",
        summary: "What the service sends.",
        channel: { $ref: "#/channels/stream" },
        messages: refsTo(serverMessageSchemas),
      },
    },
    components: {
      messages: Object.fromEntries(messages),
      schemas: Object.fromEntries(sharedSchemas.map((schema) => [nameOf(schema), multiFormat(schema)])),
    },
  };
}
