import { type FastifyDynamicSwaggerOptions } from "@fastify/swagger";

/** What the OpenAPI document says beside the routes, which describe themselves. */
export const openApiBase: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: "3.1.0",
    info: {
      title: "Plimsoll clearing service",
      description:
        "Commands, reads and health. Amounts and prices are decimals as text, lots, ticks and units whole numbers, times UTC milliseconds. docs/api.md explains it.",
      version: "1",
    },
    components: {
      securitySchemes: {
        session: { type: "http", scheme: "bearer", description: "The token of POST /v1/sessions." },
      },
    },
  },
  refResolver: {
    buildLocalReference: ({ $id }, _base, _fragment, i) => (typeof $id === "string" ? $id : `schema-${i}`),
  },
};
