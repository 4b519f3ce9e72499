/** Progress on standard error, for people only: nothing when it is not a terminal. */
export interface Progress {
  show(done: number, detail: string): void;
  end(): void;
}

/** Quiet for this long, so that short work prints nothing. */
const quietMs = 2_000;
const everyMs = 200;

export function startProgress(what: string, total?: number): Progress {
  if (!process.stderr.isTTY) return { show: () => undefined, end: () => undefined };
  const started = performance.now();
  let shown = 0;
  return {
    show(done, detail) {
      const now = performance.now();
      if (now - started < quietMs || now - shown < everyMs) return;
      shown = now;
      process.stderr.write(
        `\r\u001b[K${what}: ${done}${total === undefined ? "" : ` of ${total}`} ${detail}`,
      );
    },
    end() {
      if (shown > 0) process.stderr.write("\r\u001b[K");
    },
  };
}
