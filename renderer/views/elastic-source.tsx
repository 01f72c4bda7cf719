import { type FormEvent, useEffect, useId, useState } from 'react';
import type { SourceDraft } from '../../shared/ipc/source-operations.ts';
import type { EngineState } from '../../shared/ipc/workbench-operations.ts';
import { defaultSourceIndices, type EvidenceSource } from '../../shared/model/evidence-source.ts';
import { useAct, useAsk, useClient } from '../queries.ts';
import { elasticSourceTexts as texts } from '../texts/elastic-source.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Name } from '../widgets/name.tsx';
import { Segments } from '../widgets/segments.tsx';

/** What the form holds; secrets only until they are saved. */
interface Fields {
  readonly name: string;
  readonly addressKind: 'nodes' | 'cloud';
  readonly nodes: string;
  readonly cloudId: string;
  readonly signIn: 'api-key' | 'password' | 'none';
  readonly apiKey: string;
  readonly username: string;
  readonly password: string;
  readonly trust: 'system' | 'ca' | 'fingerprint';
  readonly ca: { readonly token?: string | undefined; readonly fileName: string } | undefined;
  readonly fingerprint: string;
  readonly proxy: string;
  readonly files: string;
  readonly devices: string;
  readonly alerts: string;
  readonly anomalies: string;
}

function toFields(source: EvidenceSource | undefined): Fields {
  const address = source?.address;
  const trust = source?.trust;
  return {
    name: source?.name ?? '',
    addressKind: address?.kind ?? 'nodes',
    nodes: address?.kind === 'nodes' ? address.nodes.join(', ') : '',
    cloudId: address?.kind === 'cloud' ? address.cloudId : '',
    signIn: source?.signIn.kind ?? 'api-key',
    apiKey: '',
    username: source?.signIn.kind === 'password' ? source.signIn.username : '',
    password: '',
    trust: trust?.kind ?? 'system',
    ca: trust?.kind === 'ca' ? { fileName: trust.fileName } : undefined,
    fingerprint: trust?.kind === 'fingerprint' ? trust.fingerprint : '',
    proxy: source?.proxy ?? '',
    ...(source?.indices ?? defaultSourceIndices),
  };
}

function toDraft(fields: Fields, id: string | undefined): SourceDraft {
  const { files, devices, alerts, anomalies } = fields;
  const nodes = fields.nodes.split(/[\s,]+/).filter(Boolean);
  return {
    ...(id === undefined ? {} : { id }),
    name: fields.name,
    address: fields.addressKind === 'cloud' ? { kind: 'cloud', cloudId: fields.cloudId } : { kind: 'nodes', nodes },
    signIn: toSignIn(fields),
    trust:
      fields.trust === 'ca'
        ? { kind: 'ca', ...(fields.ca?.token === undefined ? {} : { token: fields.ca.token }) }
        : fields.trust === 'fingerprint'
          ? { kind: 'fingerprint', fingerprint: fields.fingerprint }
          : { kind: 'system' },
    ...(fields.proxy.trim() === '' ? {} : { proxy: fields.proxy }),
    indices: { files, devices, alerts, anomalies },
  };
}

function toSignIn({ signIn, apiKey, username, password }: Fields): SourceDraft['signIn'] {
  if (signIn === 'none') return { kind: 'none' };
  if (signIn === 'api-key') return { kind: 'api-key', ...(apiKey.trim() === '' ? {} : { apiKey }) };
  return { kind: 'password', username, ...(password === '' ? {} : { password }) };
}

/** The connection to a cluster: a new one, or one that is being changed. */
export function ElasticSourceForm({
  source,
  keeps,
  onDone,
}: {
  source: EvidenceSource | undefined;
  keeps: 'encrypted' | 'memory';
  /** Saved, or left. */
  onDone: () => void;
}) {
  const [fields, setFields] = useState(() => toFields(source));
  const chooseCa = useAct('source.choose-ca');
  const test = useAct('source.test');
  const save = useAct('source.save', ['source.list', 'source.check', 'workspace.read']);
  const set = (change: Partial<Fields>) => {
    setFields((before) => ({ ...before, ...change }));
    test.reset();
    save.reset();
  };
  const draft = () => toDraft(fields, source?.id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(draft(), {
      onSuccess: () => {
        // The typed secret is in main now; the window forgets it.
        setFields((before) => ({ ...before, apiKey: '', password: '' }));
        save.reset();
        test.reset();
        onDone();
      },
    });
  };
  const isKept = source?.hasSecret === true && source.signIn.kind === fields.signIn;
  const keptHint = isKept ? texts.kept : '';
  const isComplete =
    fields.name.trim() !== '' && (fields.addressKind === 'cloud' ? fields.cloudId : fields.nodes).trim() !== '';
  const found = test.data;
  return (
    <section className="card" aria-label={texts.elasticsearch}>
      <header>
        <h2 className="grow">{source ? <Name text={texts.changing(source.name)} /> : texts.elasticsearch}</h2>
        {found ? <span className="tag ok">{texts.answers}</span> : null}
        {source ? (
          <button type="button" className="btn sm quiet" onClick={onDone}>
            {texts.cancel}
          </button>
        ) : null}
      </header>
      <form className="source-form" onSubmit={submit}>
        <Text
          label={texts.name}
          value={fields.name}
          onChange={(name) => set({ name })}
          placeholder={texts.nameExample}
        />
        <div className="labelled">
          <Segments
            label={texts.address}
            value={fields.addressKind}
            options={[
              { value: 'nodes', title: texts.url },
              { value: 'cloud', title: texts.cloudId },
            ]}
            onChange={(addressKind) => set({ addressKind })}
          />
          {fields.addressKind === 'nodes' ? (
            <Text
              label={texts.url}
              isLabelHidden
              isMono
              value={fields.nodes}
              onChange={(nodes) => set({ nodes })}
              placeholder={texts.urlExample}
              hint={texts.urlHint}
            />
          ) : (
            <Text
              label={texts.cloudId}
              isLabelHidden
              isMono
              value={fields.cloudId}
              onChange={(cloudId) => set({ cloudId })}
              placeholder={texts.cloudIdExample}
            />
          )}
        </div>
        <div className="labelled">
          <span className="label">{texts.signIn}</span>
          <Segments
            label={texts.signIn}
            value={fields.signIn}
            options={[
              { value: 'api-key', title: texts.apiKey },
              { value: 'password', title: texts.userAndPassword },
              { value: 'none', title: texts.nothing },
            ]}
            onChange={(signIn) => set({ signIn })}
          />
          {fields.signIn === 'api-key' ? (
            <Text
              label={texts.apiKey}
              isLabelHidden
              isSecret
              value={fields.apiKey}
              onChange={(apiKey) => set({ apiKey })}
              placeholder={keptHint}
            />
          ) : null}
          {fields.signIn === 'password' ? (
            <>
              <Text label={texts.user} value={fields.username} onChange={(username) => set({ username })} />
              <Text
                label={texts.password}
                isSecret
                value={fields.password}
                onChange={(password) => set({ password })}
                placeholder={keptHint}
              />
            </>
          ) : null}
          {fields.signIn === 'none' ? null : <small>{texts.keeps[keeps]}</small>}
        </div>
        <div className="labelled">
          <span className="label">{texts.certificate}</span>
          <Segments
            label={texts.certificate}
            value={fields.trust}
            options={[
              { value: 'system', title: texts.asTheSystem },
              { value: 'ca', title: texts.caFile },
              { value: 'fingerprint', title: texts.fingerprint },
            ]}
            onChange={(trust) => set({ trust })}
          />
          {fields.trust === 'ca' ? (
            <div className="row">
              <span className="grow clip">
                {fields.ca ? (
                  <Name text={fields.ca.fileName} isClipped />
                ) : (
                  <span className="faint">{texts.noneChosen}</span>
                )}
              </span>
              <button
                type="button"
                className="btn"
                onClick={() =>
                  chooseCa.mutate({}, { onSuccess: ({ chosen }) => (chosen ? set({ ca: chosen }) : undefined) })
                }
              >
                {texts.choose}
              </button>
            </div>
          ) : null}
          {fields.trust === 'fingerprint' ? (
            <Text
              label={texts.fingerprintLabel}
              isLabelHidden
              isMono
              value={fields.fingerprint}
              onChange={(fingerprint) => set({ fingerprint })}
              placeholder={texts.fingerprintHint}
            />
          ) : null}
          <FailureNotice error={chooseCa.error} />
        </div>
        <Text label={texts.fileEvents} isMono value={fields.files} onChange={(files) => set({ files })} />
        <details>
          <summary className="t12">{texts.more}</summary>
          <div className="source-more">
            <Text label={texts.deviceEvents} isMono value={fields.devices} onChange={(devices) => set({ devices })} />
            <Text label={texts.alerts} isMono value={fields.alerts} onChange={(alerts) => set({ alerts })} />
            <Text
              label={texts.anomalyRecords}
              isMono
              value={fields.anomalies}
              onChange={(anomalies) => set({ anomalies })}
            />
            <Text label={texts.proxy} isMono value={fields.proxy} onChange={(proxy) => set({ proxy })} />
          </div>
        </details>
        <div className="row">
          <button type="submit" className="btn primary" disabled={!isComplete || save.isPending}>
            {texts.save}
          </button>
          <button
            type="button"
            className="btn"
            disabled={!isComplete || test.isPending}
            onClick={() => test.mutate(draft())}
          >
            {texts.test}
          </button>
          {test.isPending ? (
            <span className="t11 faint" role="status">
              {texts.asking}
            </span>
          ) : null}
        </div>
        <FailureNotice error={save.error ?? test.error} />
        {found ? (
          <div className="stack t12" role="status">
            <span>
              <Name text={texts.answered(found.version, found.clusterName, found.tookMs, found.license)} />
            </span>
            {found.mayRead.length > 0 ? (
              <span className="dim">
                <Name text={texts.mayRead(found.user, found.mayRead)} />
              </span>
            ) : null}
            {found.mayNotRead.length > 0 ? (
              <span className="warn">
                <Name text={texts.mayNotRead(found.mayNotRead)} />
              </span>
            ) : null}
            {found.notAsked.length > 0 ? (
              <span className="dim">
                <Name text={texts.notAsked(found.notAsked)} />
              </span>
            ) : null}
          </div>
        ) : null}
      </form>
    </section>
  );
}

function Text({
  label,
  value,
  onChange,
  placeholder,
  hint,
  isMono = false,
  isSecret = false,
  isLabelHidden = false,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  hint?: string;
  isMono?: boolean;
  isSecret?: boolean;
  isLabelHidden?: boolean;
}) {
  const id = useId();
  return (
    <div className="labelled">
      <label htmlFor={id} className={isLabelHidden ? 'sr' : undefined}>
        {label}
      </label>
      <input
        id={id}
        className={isMono ? 'field mono' : 'field'}
        type={isSecret ? 'password' : 'text'}
        autoComplete="off"
        spellCheck={false}
        value={value}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value)}
      />
      {hint ? <small>{hint}</small> : null}
    </div>
  );
}

/** How the engine does, as it says itself. */
function useEngineState(): EngineState {
  const client = useClient();
  const [state, setState] = useState<EngineState>({ kind: 'starting' });
  useEffect(() => {
    const abort = new AbortController();
    client.call('engine.watch', {}, { signal: abort.signal, onItem: setState }).catch(() => undefined);
    return () => abort.abort();
  }, [client]);
  return state;
}

const dots = { ready: 'dot', starting: 'dot warn', restarting: 'dot warn', stopped: 'dot bad' } as const;

/** The embedded store and the saved clusters: which one is read, and a way to change that. */
export function SourceRows({ path, onEdit }: { path: string | undefined; onEdit: (id: string) => void }) {
  const list = useAsk('source.list', {}, { keepsPrevious: true });
  const use = useAct('source.use', ['source.list', 'workspace.read', 'source.check']);
  const remove = useAct('source.remove', ['source.list', 'workspace.read', 'source.check']);
  const engine = useEngineState();
  const [removing, setRemoving] = useState<string>();
  const inUse = list.data?.inUse;
  const sources = list.data?.sources ?? [];
  const isKnown = inUse === undefined || sources.some((source) => source.id === inUse);
  const state = (isUsed: boolean) => (isUsed ? dots[engine.kind] : 'dot off');
  return (
    <>
      <div className="source-row">
        <i className={state(inUse === undefined)} />
        <span className="grow">
          <b className="b">{texts.embeddedStore}</b>
          <br />
          <span className="t11 faint">{path === undefined ? texts.inTheWorkspace : <Name text={path} />}</span>
        </span>
        {inUse === undefined ? (
          <span className="tag">{texts.inUse}</span>
        ) : (
          <button type="button" className="btn sm" disabled={use.isPending} onClick={() => use.mutate({})}>
            {texts.use}
          </button>
        )}
      </div>
      {sources.map((source) => (
        <div key={source.id} className="source-row">
          <i className={state(source.id === inUse)} />
          <span className="grow">
            <b className="b">
              <Name text={source.name} />
            </b>
            <br />
            <span className="t11 faint">
              <Name text={source.address.kind === 'cloud' ? texts.elasticCloud : source.address.nodes.join(', ')} />
            </span>
            {source.hasSecret ? null : (
              <>
                <br />
                <span className="t11 warn">{texts.secretMissing(source.signIn.kind)}</span>
              </>
            )}
          </span>
          {source.id === inUse ? (
            <span className="tag">{texts.inUse}</span>
          ) : (
            <button
              type="button"
              className="btn sm"
              aria-label={texts.namedUse(source.name)}
              disabled={use.isPending}
              onClick={() => use.mutate({ id: source.id })}
            >
              {texts.use}
            </button>
          )}
          <button
            type="button"
            className="btn sm quiet"
            aria-label={texts.editNamed(source.name)}
            onClick={() => onEdit(source.id)}
          >
            {texts.edit}
          </button>
          <button
            type="button"
            className="btn sm quiet"
            aria-label={removing === source.id ? texts.reallyRemoveNamed(source.name) : texts.removeNamed(source.name)}
            onBlur={() => setRemoving(undefined)}
            onClick={() => {
              if (removing === source.id) remove.mutate({ id: source.id });
              setRemoving(removing === source.id ? undefined : source.id);
            }}
          >
            {removing === source.id ? texts.reallyRemove : texts.remove}
          </button>
        </div>
      ))}
      {isKnown ? null : <p className="source-row t12 warn">{texts.sourceRemoved}</p>}
      {engine.kind !== 'ready' && engine.message !== undefined ? (
        <p className="source-row t12 warn" role="status">
          <Name text={engine.message} />
        </p>
      ) : null}
      {(list.error ?? use.error ?? remove.error) ? (
        <div className="source-row">
          <FailureNotice error={list.error ?? use.error ?? remove.error} />
        </div>
      ) : null}
    </>
  );
}
