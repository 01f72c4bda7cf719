import { useState } from 'react';
import type { KibanaPlace } from '../../shared/model/endpoint-action.ts';
import { useAct } from '../queries.ts';
import { responseTexts as texts } from '../texts/response.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TextField } from '../widgets/form-field.tsx';
import { Name } from '../widgets/name.tsx';
import { Segments } from '../widgets/segments.tsx';

const ways = [
  { value: 'api-key', title: texts.apiKey },
  { value: 'password', title: texts.userAndPassword },
] as const;
type Way = (typeof ways)[number]['value'];

/** Where Kibana is and how to sign in there. The secret goes to the main process and never comes back. */
export function KibanaForm({
  place,
  keeps,
  onDone,
  onCancel,
}: {
  place: KibanaPlace | undefined;
  keeps: 'encrypted' | 'memory';
  onDone: () => void;
  onCancel: () => void;
}) {
  const save = useAct('kibana.save', ['kibana.read']);
  const forget = useAct('kibana.forget', ['kibana.read']);
  const choosing = useAct('kibana.choose-ca');
  const [url, setUrl] = useState(place?.url ?? '');
  const [space, setSpace] = useState(place?.space ?? '');
  const [way, setWay] = useState<Way>(place?.signIn.kind ?? 'api-key');
  const [username, setUsername] = useState(place?.signIn.kind === 'password' ? place.signIn.username : '');
  const [secret, setSecret] = useState('');
  const chosen = choosing.data?.chosen;
  const caName = chosen?.fileName ?? place?.caFile;
  const given = secret === '' ? undefined : secret;
  const isComplete = url.trim() !== '' && (way === 'api-key' || username.trim() !== '') && (given || place?.hasSecret);
  return (
    <form
      className="stack t12"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isComplete) return;
        save.mutate(
          {
            url: url.trim(),
            ...(space.trim() ? { space: space.trim() } : {}),
            signIn:
              way === 'api-key'
                ? { kind: 'api-key', apiKey: given }
                : { kind: 'password', username: username.trim(), password: given },
            ...(chosen ? { ca: { token: chosen.token } } : place?.caFile ? { ca: 'kept' as const } : {}),
          },
          { onSuccess: onDone },
        );
      }}
    >
      <p className="dim">{texts.kibanaLead}</p>
      <TextField
        label={texts.addressOfKibana}
        type="url"
        value={url}
        onChange={setUrl}
        maxLength={4_000}
        placeholder={texts.kibanaExample}
      />
      <TextField label={texts.space} value={space} onChange={setSpace} maxLength={128} />
      <Segments label={texts.signInWith} value={way} options={ways} onChange={setWay} />
      {way === 'password' ? (
        <TextField label={texts.userName} value={username} onChange={setUsername} maxLength={1_000} />
      ) : null}
      <TextField
        label={way === 'api-key' ? texts.apiKey : texts.password}
        type="password"
        value={secret}
        onChange={setSecret}
        maxLength={8_000}
        hint={keeps === 'encrypted' ? texts.keptEncrypted : texts.keptInMemory}
      />
      <div className="row">
        <button type="button" className="btn sm quiet" onClick={() => choosing.mutate({})}>
          {texts.trust}
        </button>
        <span className="t11 faint">{caName ? <Name text={caName} /> : texts.systemTrust}</span>
      </div>
      {save.error || choosing.error ? <FailureNotice error={save.error ?? choosing.error} /> : null}
      <div className="row">
        <button type="submit" className="btn primary" disabled={!isComplete || save.isPending}>
          {texts.useKibana}
        </button>
        <button type="button" className="btn quiet" onClick={onCancel}>
          {texts.cancel}
        </button>
        <span className="grow" />
        {place ? (
          <button type="button" className="btn quiet" onClick={() => forget.mutate({}, { onSuccess: onCancel })}>
            {texts.forget}
          </button>
        ) : null}
      </div>
    </form>
  );
}
