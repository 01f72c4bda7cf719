/**
 * The anomaly job behind Elastic's rule "Unusual Process Writing Data to an External Device", under all names it has had:
 * as rule version 109 and later name it (with entity fields), as versions to 8 do, and as package 1.0 did. Old and new
 * ones may run side by side.
 */
export const rareProcessJobs = [
  'ded_rare_process_writing_to_external_device_ea',
  'ded_rare_process_writing_to_external_device',
  'rare-process-writing-to-external-device',
] as const;

/** `rule_id` of that rule; the same in all of its versions. */
export const rareProcessRuleId = '4b95ecea-7225-4690-9938-2a2c0bad9c99';
