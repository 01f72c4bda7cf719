import { describe, expect, it } from 'vitest';
import { identifyDevice } from '../model/device-identity.ts';
import { toEcsWrite } from '../model/ecs.ts';
import { findingGapMs } from '../model/finding.ts';
import type { CompanyOptions } from './company.ts';
import { heldOutProfile, millProfile, portProfile } from './company-profiles.ts';
import { makeDemoAlerts } from './demo-alerts.ts';
import { type DemoDay, makeDemoEvents } from './demo-events.ts';
import { makeWriteLines } from './write-line.ts';

const options: CompanyOptions = {
  profile: portProfile,
  seed: 't',
  hosts: 10,
  days: 12,
  endMs: Date.UTC(2026, 10, 20, 9, 30),
};
const all = (change: Partial<CompanyOptions> = {}): DemoDay[] => [...makeDemoEvents({ ...options, ...change }).days()];

describe('made-up companies', () => {
  it('are the same for the same seed and differ for another', () => {
    const first = all();
    expect(all()).toEqual(first);
    expect(all({ seed: 'u' })[3]?.writes[0]).not.toEqual(first[3]?.writes[0]);
  });

  it.each([portProfile, heldOutProfile, millProfile])(
    '$name: writes come in order, inside the span, each id once',
    (profile) => {
      const days = all({ profile });
      const writes = days.flatMap((day) => day.writes);
      expect(writes.length).toBeGreaterThan(5_000);
      expect(new Set(writes.map(({ id }) => id)).size).toBe(writes.length);
      for (const [at, write] of writes.entries()) {
        const before = writes[at - 1];
        if (before && before.atMs > write.atMs) throw new Error(`${write.id} comes too late`);
      }
      expect(writes[0]?.atMs).toBeGreaterThanOrEqual(options.endMs - 12 * 86_400_000);
      expect(writes.at(-1)?.atMs).toBeLessThan(options.endMs);
    },
  );

  it('name devices as the rest of Portside does, in writes and in device events alike', () => {
    const days = all();
    for (const write of days.flatMap((day) => day.writes.slice(0, 50))) {
      const { deviceVendor: vendor, deviceProduct: product, deviceSerial: serial, volume } = write;
      expect(write.device).toBe(identifyDevice({ vendor, product, serial, volume }).id);
    }
    const written = new Set(days.flatMap((day) => day.writes.map(({ device }) => device)));
    const events = days.flatMap((day) => day.deviceEvents);
    expect(events.length).toBeGreaterThan(50);
    expect(events.every(({ device }) => written.has(device))).toBe(true);
  });

  it('label every session with the span of its writes, which no pause parts', () => {
    const days = all({ hosts: 30 });
    const labels = days.flatMap((day) => day.labels);
    expect(new Set(labels.filter(({ isAttack }) => isAttack).map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(8);
    expect(new Set(labels.filter(({ isAttack }) => !isAttack).map(({ kind }) => kind)).size).toBe(11);
    const times = new Map<string, number[]>();
    for (const write of days.flatMap((day) => day.writes)) {
      const key = [write.host, write.user, write.process, write.device].join('|');
      const list = times.get(key);
      if (list) list.push(write.atMs);
      else times.set(key, [write.atMs]);
    }
    for (const label of labels) {
      const inside = (times.get([label.host, label.user, label.process, label.device].join('|')) ?? []).filter(
        (atMs) => atMs >= label.startMs && atMs <= label.endMs,
      );
      expect(inside[0]).toBe(label.startMs);
      expect(Math.max(...inside.map((atMs, at) => atMs - (inside[at - 1] ?? atMs)))).toBeLessThan(findingGapMs);
    }
  });

  it('write lines as JSON.stringify would', () => {
    const { company } = makeDemoEvents(options);
    const toLine = makeWriteLines();
    const writes = all().flatMap((day) => day.writes);
    const renames = writes.filter(({ action }) => action === 'rename');
    expect(renames.length).toBeGreaterThan(0);
    for (const write of [...writes.slice(0, 2_000), ...renames]) {
      const host = company.hosts.find(({ name }) => name === write.host)?.ecs;
      expect(toLine(write, host)).toBe(JSON.stringify(toEcsWrite(write, host)));
    }
  });

  it('have records of the anomaly job, and alerts of the highest', () => {
    const { records, alerts } = makeDemoAlerts(
      all({ hosts: 40 }).flatMap((day) => day.labels),
      't',
    );
    expect(records.length).toBeGreaterThan(5);
    expect(alerts.map(({ recordId }) => recordId)).toEqual(
      records.filter(({ recordScore }) => recordScore >= 75).map(({ id }) => id),
    );
  });
});
