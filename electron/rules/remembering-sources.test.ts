import { describe, expect, it } from 'vitest';
import { rememberAnswers } from './remembering-sources.ts';
import type { RuleSources } from './rule-candidates.ts';

/** Sources that count how often they are asked for connections. */
function makeSources() {
  const asked: unknown[] = [];
  const state = { revision: '1', isBroken: false };
  const sources = {
    'evidence.summary': async () => ({ revision: state.revision }),
    'sessions.list': async (input: unknown) => {
      asked.push(input);
      if (state.isBroken) throw new Error('broken');
      return { rows: [], isCut: false };
    },
  } as unknown as RuleSources;
  return { sources, asked, state };
}

const { signal } = new AbortController();
const context = { signal, emit: () => undefined };

describe('remembered answers', () => {
  it('serve the same question of later runs until the evidence changes', async () => {
    const { sources, asked, state } = makeSources();
    const memory = rememberAnswers(sources);
    for (let run = 0; run < 3; run++) {
      const ofRun = await memory.forRun(signal);
      await ofRun['sessions.list']({ fromMs: 1, limit: 10 }, context);
      await ofRun['sessions.list']({ fromMs: 2, limit: 10 }, context);
    }
    expect(asked).toHaveLength(2);
    state.revision = '2';
    await (await memory.forRun(signal))['sessions.list']({ fromMs: 1, limit: 10 }, context);
    expect(asked).toHaveLength(3);
  });

  it('are not kept when they failed, and are forgotten when they are many', async () => {
    const { sources, asked, state } = makeSources();
    const ofRun = await rememberAnswers(sources).forRun(signal);
    state.isBroken = true;
    await expect(ofRun['sessions.list']({ limit: 1 }, context)).rejects.toThrow('broken');
    state.isBroken = false;
    await ofRun['sessions.list']({ limit: 1 }, context);
    expect(asked).toHaveLength(2);
    for (let limit = 2; limit < 60; limit++) await ofRun['sessions.list']({ limit }, context);
    await ofRun['sessions.list']({ limit: 1 }, context);
    expect(asked).toHaveLength(61);
  });
});
