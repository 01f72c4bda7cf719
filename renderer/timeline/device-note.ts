import { visibleText } from '../../shared/base/visible-text.ts';
import type { DeviceRow } from '../../shared/model/evidence-answer.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { timelineTexts as texts } from '../texts/timeline.ts';

/** What stands beside the span of a device. */
export interface DeviceNote {
  /** Whether the device is new to those the finding is about. */
  readonly isUnknown: boolean;
  readonly text: string;
}

/** What is worth saying of a device in its lane: that it is new, on no USB, or without a serial number. */
export function deviceNote(
  device: string,
  row: DeviceRow | undefined,
  finding: FindingRow | undefined,
): DeviceNote | undefined {
  if (device === finding?.device && finding.facets.some((facet) => facet.name === 'device-new' && facet.evidence > 0))
    return { isUnknown: true, text: texts.newDevice };
  if (row?.busType && row.busType.toLowerCase() !== 'usb') return { isUnknown: false, text: visibleText(row.busType) };
  if (row && row.identity !== 'serial') return { isUnknown: false, text: texts.noSerial };
  return undefined;
}
