import type { RuleExceptionDraft } from '../model/rule.ts';

/** What an exception covers, in words: `process rclone.exe or robocopy.exe; host ws-042`. Empty where it names nothing. */
export function exceptionWords(exception: RuleExceptionDraft): string {
  const parts = [
    ['process', exception.processes],
    ['program', exception.executables],
    ['publisher', exception.publishers],
    ['hash', exception.hashes],
    ['user', exception.users],
    ['host', exception.hosts],
    ['device', exception.devices],
  ] as const;
  return parts.flatMap(([name, values]) => (values?.length ? [`${name} ${values.join(' or ')}`] : [])).join('; ');
}
