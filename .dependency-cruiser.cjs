/** The dependency rule: renderer -> shared <- electron; inside each, only downwards. Siblings do not know each other. */
const production = { pathNot: '\\.test\\.tsx?$' };
const rule = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });
const siblings = ['evidence', 'capture', 'cases', 'rules'];

module.exports = {
  forbidden: [
    rule('no-circular', {}, { circular: true }, 'A cycle means that two files are one thing.'),
    rule('not-unresolvable', {}, { couldNotResolve: true }, 'Imports a thing that does not exist.'),
    rule(
      'shared-stands-alone',
      { path: '^shared/', ...production },
      { pathNot: ['^shared/', '^node_modules/(zod|@types)'] },
      'shared is pure TypeScript; zod is its only package.',
    ),
    rule(
      'shared-base-knows-nothing',
      { path: '^shared/base/', ...production },
      { path: '^shared/(model|analysis|ipc)/' },
      'base < model < analysis, ipc',
    ),
    rule(
      'shared-model-knows-base',
      { path: '^shared/model/', ...production },
      { path: '^shared/(analysis|ipc)/' },
      'base < model < analysis, ipc',
    ),
    rule(
      'shared-analysis-knows-no-ipc',
      { path: '^shared/analysis/', ...production },
      { path: '^shared/ipc/' },
      'analysis and ipc are siblings.',
    ),
    rule(
      'renderer-knows-shared-only',
      { path: '^renderer/' },
      { path: '^(electron|e2e|bench|scripts)/' },
      'renderer -> shared <- electron',
    ),
    rule(
      'renderer-has-no-node',
      { path: '^renderer/', ...production },
      { dependencyTypes: ['core'] },
      'The window is sandboxed.',
    ),
    rule(
      'electron-knows-no-renderer',
      { path: '^electron/' },
      { path: '^(renderer|e2e|bench|scripts)/' },
      'renderer -> shared <- electron',
    ),
    ...siblings.map((folder) =>
      rule(
        `${folder}-knows-no-sibling`,
        { path: `^electron/${folder}/`, ...production },
        { path: `^electron/(${siblings.filter((other) => other !== folder).join('|')}|app)/|^electron/[^/]+\\.ts$` },
        'main, cli > handlers, services > evidence, capture, cases, rules, platform',
      ),
    ),
    rule(
      'platform-is-lowest',
      { path: '^electron/platform/', ...production },
      { path: '^electron/(evidence|capture|cases|rules|app)/|^electron/[^/]+\\.ts$' },
      'platform is the lowest folder of electron.',
    ),
    rule(
      'electron-only-in-app',
      { path: '.', pathNot: '^(electron/(main|preload)\\.ts$|electron/app/|e2e/|bench/)' },
      { path: '^node_modules/electron/' },
      'Everything else runs in plain Node.',
    ),
    rule(
      'duckdb-in-its-adapter',
      { path: '.', pathNot: '^(electron/evidence/duckdb-|bench/|e2e/)' },
      { path: '^node_modules/@duckdb/' },
      'An engine package stays inside its own adapter.',
    ),
    rule(
      'elasticsearch-in-its-adapter',
      { path: '.', pathNot: '^(electron/evidence/elastic-|bench/|e2e/|scripts/)' },
      { path: '^node_modules/@elastic/' },
      'An engine package stays inside its own adapter.',
    ),
    rule(
      'usb-packages-in-capture',
      { path: '.', pathNot: '^electron/capture/' },
      { path: '^node_modules/(usb|koffi)/' },
      'USB and FFI packages stay inside capture.',
    ),
    rule(
      'no-dev-packages-in-main',
      // What only tests import: the contract suite that both engines run, and their workspaces and servers.
      { path: '^electron/', pathNot: '(\\.test|-for-tests|store-contract)\\.tsx?$' },
      { dependencyTypes: ['npm-dev'], pathNot: '^node_modules/(electron|@types)/' },
      'Electron-side packages are dependencies.',
    ),
    rule(
      'no-tests-in-production',
      { path: '^(shared|electron|renderer)/', pathNot: '\\.test\\.tsx?$' },
      { path: '\\.test\\.tsx?$' },
      'Tests are not imported.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^out/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
