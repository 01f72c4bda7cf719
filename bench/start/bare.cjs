/** The least that Electron can show: one window with one line of text. */
const { app, BrowserWindow } = require('electron');

app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1440, height: 900, webPreferences: { sandbox: true } });
  return window.loadURL('data:text/html,<title>bare</title><h1>bare</h1>');
});
app.on('window-all-closed', () => app.quit());
