import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const renderer = join(import.meta.dirname, '..', '..', 'renderer');
/** Attributes a person reads or hears. */
const spoken = /^(title|label|placeholder|aria-label|aria-description|alt)$/;

/** Literal texts that an expression may give: those of its branches, not those handed to a function. */
function literalsIn(node: ts.Node): readonly ts.Node[] {
  if (ts.isStringLiteralLike(node)) return [node];
  if (ts.isTemplateExpression(node)) {
    return [node.head, ...node.templateSpans.flatMap((span) => [...literalsIn(span.expression), span.literal])];
  }
  if (ts.isConditionalExpression(node)) return [...literalsIn(node.whenTrue), ...literalsIn(node.whenFalse)];
  if (ts.isBinaryExpression(node)) {
    const isComparison = /^[=!]==?$|^[<>]=?$/.test(node.operatorToken.getText());
    return isComparison ? [] : [...literalsIn(node.left), ...literalsIn(node.right)];
  }
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return literalsIn(node.expression);
  return [];
}

/** Words in a view that should be in its file of texts, each with its line. */
function wordsIn(file: string, content: string): readonly string[] {
  const source = ts.createSourceFile(file, content, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const note = (node: ts.Node, text: string) => {
    if (/\p{L}{2}/u.test(text)) {
      found.push(`${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${text.trim()}`);
    }
  };
  const visit = (node: ts.Node) => {
    if (ts.isJsxText(node)) note(node, node.text);
    if (ts.isJsxAttribute(node) && spoken.test(node.name.getText()) && node.initializer) {
      const value = ts.isJsxExpression(node.initializer) ? node.initializer.expression : node.initializer;
      for (const literal of value ? literalsIn(value) : []) note(literal, (literal as ts.LiteralLikeNode).text);
    }
    if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent)) {
      for (const literal of literalsIn(node.expression)) note(literal, (literal as ts.LiteralLikeNode).text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const files = readdirSync(renderer, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.tsx') && !file.endsWith('.test.tsx') && !file.startsWith('testing'))
  .map((file) => ({ file, content: readFileSync(join(renderer, file), 'utf8') }));
describe('English of the window is in texts/', () => {
  test.each(files)('$file has no words of its own', ({ file, content }) => {
    expect(wordsIn(file, content)).toEqual([]);
  });

  test('words left in a view are found', () => {
    expect(wordsIn('a.tsx', 'export const a = <p title="Two words">Hello</p>;')).toEqual(['1: Two words', '1: Hello']);
    const branches =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
      "export const a = (b) => <p aria-label={`Row ${b}`}>{b ? 'on' : texts.off} {b === 'day' ? b : f('no')}</p>;";
    expect(wordsIn('a.tsx', branches)).toEqual(['1: Row', '1: on']);
    expect(files.length).toBeGreaterThan(60);
  });
});

/** Heads of copied tables are a format, not words of the window. */
const formats = /-columns\.ts$|^views\/(csv|copied-findings|writes-list|sources|many-imported)\.tsx?$/;
/** Arguments that nobody reads on screen: what a missing element is called, queries of styles. */
const unread = /assertExists|querySelector|closest|matchMedia/;

test('sentences of files that draw nothing themselves are in texts/ too', () => {
  const sentences = readdirSync(renderer, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|^testing|^texts/.test(file) && !formats.test(file))
    .flatMap((file) => {
      const content = readFileSync(join(renderer, file), 'utf8');
      const source = ts.createSourceFile(file, content, ts.ScriptTarget.Latest, true);
      const found: string[] = [];
      const visit = (node: ts.Node) => {
        if (ts.isCallExpression(node) && unread.test(node.expression.getText())) return;
        const isText =
          ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
        if (isText && /^\p{Lu}\p{Ll}+ \p{Ll}|\p{Ll}{2} \p{Ll}{2,} \p{Ll}{2}/u.test(node.text))
          found.push(`${file}: ${node.text}`);
        ts.forEachChild(node, visit);
      };
      visit(source);
      return found;
    });
  expect(sentences).toEqual([]);
});

/** Figures are written by the one formatter of the window; these ways around it give another form beside it. */
const aroundTheFormat =
  /\.toLocale(Date|Time)?String\(|\bIntl\.|import \{[^}]*\bformat(Bytes|Clock|Count|Counted|Day|Duration|Span|Time)\b[^}]*\} from '[./]*shared\/base\/format\.ts'/;
const ownForm = new Set(['figure-format.ts', 'number-reader.ts']);

test('figures of the window go through its one formatter', () => {
  const sources = readdirSync(renderer, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && !file.startsWith('testing') && !ownForm.has(file),
  );
  expect(sources.filter((file) => aroundTheFormat.test(readFileSync(join(renderer, file), 'utf8')))).toEqual([]);
  expect(aroundTheFormat.test("import { formatCount, utc } from '../../shared/base/format.ts';")).toBe(true);
});
