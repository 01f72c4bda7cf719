/**
 * What the preload puts on `window.portside`: the whole of what the sandboxed page can reach. Messages are those of
 * `protocol.ts`; they are checked on the other side, so here they are only values.
 */
export interface PortsideBridge {
  /** Sends one message of the protocol to main. */
  send(message: unknown): void;
  /** Hears every message from main. Returns what ends the hearing. */
  onReply(listener: (message: unknown) => void): () => void;
  /**
   * Hands dropped files to main, which keeps their paths; the page gets one token per file, in order, for `import.run`.
   * Things dropped that are no files of a disk get no token.
   */
  offerFiles(files: readonly File[]): Promise<readonly string[]>;
}

/** A file as the page sees it; only the preload can ask where it lies. */
type File = object;
