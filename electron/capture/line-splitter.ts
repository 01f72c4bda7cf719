/**
 * Cuts a stream of text into lines. A line longer than `maxLength` is dropped whole, so that a broken sender costs no
 * memory. Call it with each piece as it arrives.
 */
export function makeLineSplitter(onLine: (line: string) => void, maxLength: number): (piece: string) => void {
  let rest = '';
  let isDropping = false;
  return (piece) => {
    let from = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      const line = rest + piece.slice(from, end);
      if (!isDropping && line.length <= maxLength) onLine(line);
      rest = '';
      isDropping = false;
      from = end + 1;
    }
    rest += piece.slice(from);
    if (rest.length > maxLength) {
      rest = '';
      isDropping = true;
    }
  };
}
