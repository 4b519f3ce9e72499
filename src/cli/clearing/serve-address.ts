import { createServer } from "node:net";
import { PlimsollError } from "../../quantity/index.ts";

/**
 * Tries an address, so that a port in use is told of before a journal is replayed, or a new venue made.
 *
 * @throws {PlimsollError} `PLM_USAGE` when nothing can listen there.
 */
export async function requireFreeAddress(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new PlimsollError("PLM_USAGE", {
      field: "address",
      value: `${host}:${port}`,
      limit: "one of this machine that is free to listen on",
      remedy:
        code === "EADDRINUSE"
          ? "Something else listens there: stop it, or choose another --port; 0 is any free one."
          : `Choose another --host or --port (${code}).`,
    });
  }
  await new Promise((resolve) => server.close(resolve));
}
