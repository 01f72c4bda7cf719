/** What somebody did in a workspace, in one sentence; names what it was done to, never evidence. */
export type NoteAct = (text: string) => Promise<void>;

/** For methods of a service that are to be noted: the sentence, from what was given and what came back. */
export type ActTexts<T> = {
  readonly [K in keyof T]?: T[K] extends (...given: infer Given) => Promise<infer Answer>
    ? (answer: Answer, ...given: Given) => string | undefined
    : never;
};

const longestText = 2_000;

/**
 * The same service, whose named methods note what was done once it is done: one that failed leaves nothing. Where the note
 * cannot be written the call ends with that Failure, as nobody may act without a trace.
 */
export function noteActs<T extends object>(service: T, texts: ActTexts<T>, note: NoteAct): T {
  return new Proxy(service, {
    get(target, key, receiver) {
      const method: unknown = Reflect.get(target, key, receiver);
      const toText = Object.hasOwn(texts, key)
        ? (texts[key as keyof T] as ((answer: unknown, ...given: unknown[]) => string | undefined) | undefined)
        : undefined;
      if (!toText || typeof method !== 'function') return method;
      return async (...given: unknown[]) => {
        const answer: unknown = await method.apply(target, given);
        const text = toText(answer, ...given);
        if (text !== undefined) await note(text.slice(0, longestText));
        return answer;
      };
    },
  });
}
