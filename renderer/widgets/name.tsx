import { visibleParts, visibleText } from '../../shared/base/visible-text.ts';
import { widgetTexts } from '../texts/widgets.ts';

/** Names up to this length are cut at the end, if at all. */
const longFrom = 24;
const tailLetters = 8;

/**
 * Text from outside (a name, a path, a host). Hidden characters are shown by their code, and the text keeps its own
 * direction without changing that of its surroundings. Where `isClipped`, the whole text is in the title, and of a long one
 * the middle goes first where room is short: names of programs and hosts differ at their ends.
 */
export function Name({
  text,
  className,
  isClipped = false,
}: {
  text: string;
  className?: string;
  isClipped?: boolean;
}) {
  const parts = visibleParts(text);
  const [only] = parts;
  if (isClipped && only && parts.length === 1 && !only.isHidden && only.text.length > longFrom) {
    const letters = [...only.text];
    return (
      <bdi className={`${className ?? ''} keeps-ends`} title={text}>
        <span className="sr">{only.text}</span>
        <span className="head" aria-hidden="true">
          {letters.slice(0, -tailLetters).join('')}
        </span>
        <span aria-hidden="true">{letters.slice(-tailLetters).join('')}</span>
      </bdi>
    );
  }
  return (
    <bdi className={className} title={isClipped ? visibleText(text) : undefined}>
      {parts.map((part, index) =>
        part.isHidden ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text never move.
          <span key={index} className="hidden-char" title={widgetTexts.hiddenCharacter}>
            {part.text}
          </span>
        ) : (
          part.text
        ),
      )}
    </bdi>
  );
}
