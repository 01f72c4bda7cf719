import { cleanup, configure, render } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import axe from 'axe-core';
import { App } from '../app.tsx';
import { makeCommands } from '../commands.ts';
import { makeImportRunner } from '../import-runner.ts';
import type { WorkbenchClient } from '../ipc.ts';
import { makeQueryClient } from '../queries.ts';
import { type Choices, useChoices } from '../state.ts';
import { clearUndos } from '../undo-stack.ts';
import { makeStory, type Story, type StoryOptions } from './story.ts';

const size = { width: 1440, height: 900 };

/** What jsdom lacks: a layout, media queries and observers. Every element is as large as the window. */
export function prepareDom(): void {
  // Whether an element is hidden costs a walk through all its ancestors' styles; nothing here is in the page but unseen.
  configure({ defaultHidden: true, asyncUtilTimeout: 15_000 });
  Object.defineProperty(window, 'matchMedia', {
    configurable: true,
    value: (query: string) => ({
      matches: false,
      media: query,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
      addListener: () => undefined,
      removeListener: () => undefined,
    }),
  });
  Object.defineProperty(globalThis, 'ResizeObserver', {
    configurable: true,
    value: class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  });
  for (const [name, value] of [
    ['offsetWidth', size.width],
    ['clientWidth', size.width],
    ['offsetHeight', size.height],
    ['clientHeight', size.height],
  ] as const) {
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => value });
  }
  HTMLElement.prototype.scrollTo = () => undefined;
  HTMLElement.prototype.scrollIntoView = () => undefined;
  HTMLCanvasElement.prototype.getContext = () => null;
}

const fresh = useChoices.getState();

export interface WindowTest {
  readonly story: Story;
  readonly user: UserEvent;
  readonly container: HTMLElement;
}

/** The whole window over any client, in jsdom, with choices as on the first start. */
export function mountWindow(client: WorkbenchClient, choices: Partial<Choices> = {}): Omit<WindowTest, 'story'> {
  cleanup();
  window.localStorage.clear();
  useChoices.setState({ ...fresh, ...choices }, true);
  clearUndos();
  const { container } = render(
    <App
      client={client}
      queries={makeQueryClient()}
      commands={makeCommands()}
      importer={makeImportRunner(client, async (file) => (file.size > 0 ? `token-${file.name}` : undefined))}
      isTest
    />,
  );
  return { user: userEvent.setup(), container };
}

/** The whole window over a story. */
export function renderWindow(options: StoryOptions & { readonly choices?: Partial<Choices> } = {}): WindowTest {
  const story = makeStory(options);
  return { story, ...mountWindow(story.client, options.choices) };
}

/**
 * What axe finds wrong, as sentences. Colour contrast is not among it (jsdom paints nothing); `theme.test.ts` computes
 * it from the tokens.
 */
export async function findAxeProblems(root: Element = document.body): Promise<readonly string[]> {
  const result = await axe.run(root, {
    rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
    resultTypes: ['violations'],
  });
  return result.violations.map(
    (violation) =>
      `${violation.id}: ${violation.help}: ${violation.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`,
  );
}
