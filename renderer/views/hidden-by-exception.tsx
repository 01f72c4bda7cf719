import { investigateTexts as texts } from '../texts/investigate.ts';
import { TimeText } from '../widgets/figures.tsx';
import { Name } from '../widgets/name.tsx';

/** A finding or alert of the past that an exception would have hidden. */
interface HiddenRow {
  readonly id: string;
  readonly startMs: number;
  readonly score?: number | undefined;
  readonly process?: string | undefined;
  readonly host?: string | undefined;
  readonly user?: string | undefined;
  readonly device?: string | undefined;
}

/** What an exception would have hidden, as a list that can be opened; with `total` where more were counted than are listed. */
export function HiddenByException<Row extends HiddenRow>({
  rows,
  total,
  onOpen,
}: {
  rows: readonly Row[];
  total: number;
  onOpen: (row: Row) => void;
}) {
  if (rows.length === 0) return null;
  return (
    <details className="hidden-rows t12">
      <summary>{rows.length < total ? texts.showHighest(rows.length) : texts.showHidden}</summary>
      <table className="alerts">
        <thead>
          <tr>
            <th scope="col">{texts.began}</th>
            <th scope="col" className="num">
              {texts.score}
            </th>
            <th scope="col">{texts.process}</th>
            <th scope="col">{texts.host}</th>
            <th scope="col">{texts.user}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td className="tn">
                <TimeText atMs={row.startMs} />
              </td>
              <td className="num">{row.score === undefined ? '–' : Math.round(row.score)}</td>
              <td className="clip">
                <button type="button" className="lane-name" onClick={() => onOpen(row)}>
                  <Name text={row.process ?? row.device ?? 'show'} isClipped />
                </button>
              </td>
              <td className="clip">{row.host ? <Name text={row.host} isClipped /> : '–'}</td>
              <td className="clip">{row.user ? <Name text={row.user} isClipped /> : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
