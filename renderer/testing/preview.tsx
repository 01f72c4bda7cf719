import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import '@mantine/core/styles.layer.css';
import '../theme.css';
import { createRoot } from 'react-dom/client';
import { assertExists } from '../../shared/base/assert.ts';
import { App } from '../app.tsx';
import { makeCommands } from '../commands.ts';
import { makeImportRunner } from '../import-runner.ts';
import { makeQueryClient } from '../queries.ts';
import { choose } from '../state.ts';
import { makeStory } from './story.ts';

// The window over the story, in a browser: `npx vite renderer --config vite.preview.mjs`, then /testing/preview.html.
// ?theme=dark, ?empty=1, ?view=devices. Not part of the product's build.
const asked = new URLSearchParams(location.search);
window.localStorage.clear();
const theme = asked.get('theme');
if (theme === 'dark' || theme === 'light') choose({ theme });
const view = asked.get('view');
if (view === 'devices' || view === 'sources' || view === 'cases' || view === 'live') choose({ view });
const tab = asked.get('tab');
if (tab === 'benign' || tab === 'respond' || tab === 'case' || tab === 'writes') choose({ findingTab: tab });
const story = makeStory({ isEmpty: asked.has('empty') });
createRoot(assertExists(document.getElementById('root'), 'root element')).render(
  <App
    client={story.client}
    queries={makeQueryClient()}
    commands={makeCommands()}
    importer={makeImportRunner(story.client, async () => 't1')}
  />,
);
