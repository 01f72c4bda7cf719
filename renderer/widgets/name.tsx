import { visibleParts, visibleText } from '../../shared/base/visible-text.ts';

/**
 * Text from outside (a name, a path, a host). Hidden characters are shown by their code, and the text keeps its own
 * direction without changing that of its surroundings. The whole text is in the title where `isClipped`.
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
  return (
    <bdi className={className} title={isClipped ? visibleText(text) : undefined}>
      {parts.map((part, index) =>
        part.isHidden ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text never move.
          <span key={index} className="hidden-char" title="A character that cannot be seen">
            {part.text}
          </span>
        ) : (
          part.text
        ),
      )}
    </bdi>
  );
}
