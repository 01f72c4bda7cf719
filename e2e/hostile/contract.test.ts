import { expect, test } from 'vitest';
import { z } from 'zod';
import { workbenchOperations } from '../../shared/ipc/workbench-operations.ts';

/** A part of a JSON schema, as far as this test reads it. */
type Part = Readonly<Record<string, unknown>>;

/** Every object of a schema, however deep, with the place it stands at. */
function objectsIn(value: unknown, place: string): readonly (readonly [place: string, object: Part])[] {
  if (Array.isArray(value)) return value.flatMap((item) => objectsIn(item, place));
  if (typeof value !== 'object' || value === null) return [];
  const part = value as Part;
  const { properties, ...rest } = part;
  const own = part.type === 'object' ? [[place, part] as const] : [];
  const inside = Object.entries((properties ?? {}) as Part).flatMap(([name, item]) =>
    objectsIn(item, `${place}.${name}`),
  );
  return [...own, ...inside, ...Object.values(rest).flatMap((item) => objectsIn(item, place))];
}

const objects = Object.entries(workbenchOperations).flatMap(([name, { input }]) =>
  objectsIn(z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }), name),
);

test('the window names no file: an input that could be a path is known and argued', () => {
  expect(objects.length).toBeGreaterThan(50);
  const named = objects.flatMap(([place, { properties = {} }]) =>
    Object.keys(properties as Part)
      .filter((key) => /path|file|folder|directory|target|location|mountPoint/i.test(key))
      .map((key) => `${place}.${key}`),
  );
  // `pathContains` is a filter on stored evidence. Beside it:
  const others = [...new Set(named)].filter((place) => !place.endsWith('.pathContains')).sort();
  expect(others).toEqual([
    // Words of a journal entry: whom a response step was about.
    'case.record.change.payload.target',
    // The port of a USB device: its form is checked, and a device must be plugged in there.
    'live.plan.action.busPath',
    // A volume to unmount: it must be mounted there; nothing is read or written.
    'live.plan.action.mountPoint',
    // A file on a host that Elastic Defend watches, fetched there.
    'response.act.draft.path',
    'response.plan.draft.path',
    // Patterns of index names.
    'source.save.indices.files',
    'source.test.indices.files',
  ]);
});

test('no input takes a key that its operation does not know', () => {
  const open = objects
    .filter(([, { properties, additionalProperties }]) => properties !== undefined && additionalProperties !== false)
    .map(([place]) => place);
  expect([...new Set(open)].sort()).toEqual([]);
});
