import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const renderer = join(import.meta.dirname, '..', '..', 'renderer');
/** Attributes a person reads or hears. */
const spoken = /^(title|label|placeholder|aria-label|aria-description|alt)$/;

/** Words in a view that should be in its file of texts, each with its line. */
function wordsIn(file: string, content: string): readonly string[] {
  const source = ts.createSourceFile(file, content, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    const text = ts.isJsxText(node)
      ? node.text
      : ts.isJsxAttribute(node) && spoken.test(node.name.getText()) && node.initializer
        ? ts.isStringLiteral(node.initializer)
          ? node.initializer.text
          : ''
        : '';
    if (/\p{L}{2}/u.test(text)) {
      found.push(`${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${text.trim()}`);
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
    expect(files.length).toBeGreaterThan(60);
  });
});
