// @vitest-environment jsdom
import { render } from '@testing-library/react';
import { expect, test } from 'vitest';
import { Name } from '../../renderer/widgets/name.tsx';
import { hostilePayloads } from '../hostile/payloads.ts';

test.each([[false], [true]])(
  'every hostile name is text in the window, whole and with nothing hidden (clipped: %s)',
  (isClipped) => {
    for (const { aim, text } of hostilePayloads) {
      const { container, unmount } = render(<Name text={text} isClipped={isClipped} />);
      const elements = [...container.querySelectorAll('*')].map(({ localName }) => localName);
      expect({ aim, foreign: elements.filter((name) => !['bdi', 'span'].includes(name)) }).toEqual({
        aim,
        foreign: [],
      });
      const shown = container.textContent ?? '';
      expect({ aim, shown }).not.toMatchObject({
        shown: expect.stringMatching(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\u200b-\u200f]/u),
      });
      // Put back, what is shown by its code is the name as it came.
      const back = [...(container.querySelector('bdi')?.childNodes ?? [])]
        .map((node) =>
          node instanceof Element && node.className === 'hidden-char'
            ? String.fromCodePoint(Number.parseInt((node.textContent ?? '').slice(2), 16))
            : node.textContent,
        )
        .join('');
      // A clipped long one stands twice, whole for those who hear it.
      expect({ aim, isWhole: back.includes(text) }).toEqual({ aim, isWhole: true });
      unmount();
    }
    expect((globalThis as { taken?: unknown }).taken).toBeUndefined();
  },
);
