import licences from '../licences.json';
import { useAsk } from '../queries.ts';
import { aboutTexts as texts } from '../texts/about.ts';
import { Name } from '../widgets/name.tsx';

/** What this is, its versions, and everything it is built with under which licence. */
export function About() {
  const workspace = useAsk('workspace.read', {});
  const versions = workspace.data?.versions;
  return (
    <div className="stack t12">
      <p className="dim">{texts.purpose}</p>
      <dl className="pairs">
        <dt>{texts.portside}</dt>
        <dd>{versions?.portside ?? texts.unknown}</dd>
        <dt>{texts.electron}</dt>
        <dd>{versions?.electron ?? texts.unknown}</dd>
        <dt>{texts.node}</dt>
        <dd>{versions?.node ?? texts.unknown}</dd>
        <dt>{texts.licence}</dt>
        <dd>{texts.licenceText}</dd>
        <dt>{texts.workspace}</dt>
        <dd>{workspace.data ? <Name text={workspace.data.path} /> : texts.unknown}</dd>
      </dl>
      <h3>{texts.packages(licences.length)}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reached by the keyboard. */}
      <section className="licences" aria-label={texts.packages(licences.length)} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{texts.packageColumns.name}</th>
              <th scope="col">{texts.packageColumns.version}</th>
              <th scope="col">{texts.packageColumns.licence}</th>
            </tr>
          </thead>
          <tbody>
            {licences.map(({ name, version, licence }) => (
              <tr key={`${name} ${version}`}>
                <td>{name}</td>
                <td>{version}</td>
                <td>{licence}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
