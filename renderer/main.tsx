import './zod-without-eval.ts';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import './theme/mantine.css';
import './theme.css';
import { createRoot } from 'react-dom/client';
import { assertExists } from '../shared/base/assert.ts';
import { App } from './app.tsx';
import { makeCommands } from './commands.ts';
import { makeImportRunner } from './import-runner.ts';
import { makeWindowClient } from './ipc.ts';
import { makeQueryClient } from './queries.ts';
import { useChoices } from './state.ts';
import { setWindowFormat } from './window-format.ts';

const bridge = assertExists(window.portside, 'bridge of the preload');
const client = makeWindowClient(bridge);
setWindowFormat(useChoices.getState().figures, bridge.figures);
// Before anything that is drawn hears of the change.
useChoices.subscribe(({ figures }, before) => {
  if (figures !== before.figures) setWindowFormat(figures, bridge.figures);
});
const root = createRoot(assertExists(document.getElementById('root'), 'root element'));
root.render(
  <App
    client={client}
    queries={makeQueryClient()}
    commands={makeCommands()}
    importer={makeImportRunner(client, (file) => bridge.takeDroppedFile(file))}
  />,
);
