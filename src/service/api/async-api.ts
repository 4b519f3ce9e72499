/** An AsyncAPI 3.0 document of the stream. */
export function asyncApiDocument(): Readonly<Record<string, unknown>> {
  return { asyncapi: "3.0.0" };
}
