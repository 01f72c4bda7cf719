import { IconFile } from '@tabler/icons-react';
import type { ManyFiles } from '../imported-files.ts';
import { useAct } from '../queries.ts';
import { sourcesTexts as texts } from '../texts/sources.ts';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { formatCount } from '../window-format.ts';
import { toCsv } from './csv.ts';
import { CopyRejected, ImportCounts } from './import-counts.tsx';

const shownRows = 5;

/** What became of many small files that were imported together. */
export function ManyImported({ many }: { readonly many: ManyFiles }) {
  const copy = useAct('clipboard.write');
  const isAllWell = many.failed === 0 && many.rowsRejected === 0;
  return (
    <div className="import-entry">
      <div className="row">
        <Icon of={IconFile} />
        <b className="b grow clip">{texts.manyFiles(many.files + many.failed)}</b>
        <span className={isAllWell ? 'tag ok' : 'tag warn'}>
          {isAllWell ? texts.done : texts.manyProblems(many.failed, many.rowsRejected)}
        </span>
        <button
          type="button"
          className="btn sm quiet"
          onClick={() => copy.mutate({ text: toCsv(['sha256', 'file'], many.hashes) })}
        >
          {texts.copyHashes}
        </button>
        {many.rejected.length > 0 ? (
          <CopyRejected
            head={['file', 'line', 'reason', 'what was there']}
            rows={() => many.rejected.map((row) => [row.path, row.line, row.reason, row.found ?? ''])}
          />
        ) : null}
      </div>
      <ImportCounts counts={many} />
      {many.notRead.slice(0, shownRows).map(({ path, message }) => (
        <p key={path} className="t12 dim indented">
          <Name text={message} />
        </p>
      ))}
      {many.failed > shownRows ? (
        <p className="t12 dim indented">{texts.moreNotRead(many.failed - shownRows)}</p>
      ) : null}
      {many.rejected.length > 0 ? (
        <div className="rejected">
          <table>
            <thead>
              <tr>
                <th>{texts.rejectedColumns.file}</th>
                <th className="num line-number">{texts.rejectedColumns.line}</th>
                <th>{texts.rejectedColumns.reason}</th>
              </tr>
            </thead>
            <tbody>
              {many.rejected.slice(0, shownRows).map((row) => (
                <tr key={`${row.path} ${row.line}`}>
                  <td>
                    <Name text={row.path} />
                  </td>
                  <td className="num">{formatCount(row.line)}</td>
                  <td>
                    <Name text={row.reason} />
                  </td>
                </tr>
              ))}
              <tr className="sub">
                <td colSpan={3}>{texts.rejectedShown(Math.min(shownRows, many.rejected.length), many.rowsRejected)}</td>
              </tr>
            </tbody>
          </table>
        </div>
      ) : null}
    </div>
  );
}
