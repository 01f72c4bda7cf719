import { auditListCommand, auditVerifyCommand } from './audit-commands.ts';
import {
  caseConsultCommand,
  caseListCommand,
  caseNoteCommand,
  caseOpenCommand,
  caseShowCommand,
  caseStepCommand,
  caseTaskCommand,
  caseVerdictCommand,
} from './case-commands.ts';
import type { CliCommand } from './command.ts';
import { demoCommand } from './demo-command.ts';
import { approveDeviceCommand, blockDeviceCommand } from './device-commands.ts';
import { checkCommand, elasticAlertCommand, elasticAlertsCommand } from './elastic-commands.ts';
import {
  devicesCommand,
  importCommand,
  processesCommand,
  sessionsCommand,
  volumesCommand,
  writesCommand,
} from './evidence-commands.ts';
import { findingCommand, findingsCommand } from './finding-commands.ts';
import {
  exceptionRestoreCommand,
  ruleAddCommand,
  ruleChangeCommand,
  ruleDuplicateCommand,
  ruleRemoveCommand,
  ruleRestoreCommand,
  ruleRunsCommand,
  watchListRestoreCommand,
} from './own-rule-commands.ts';
import { caseExportCommand, verifyCommand } from './package-commands.ts';
import { caseActCommand, caseAlertsCommand, casePushCommand } from './response-commands.ts';
import {
  alertsCommand,
  exceptionAddCommand,
  exceptionListCommand,
  exceptionPreviewCommand,
  exceptionRemoveCommand,
  ruleImportCommand,
  ruleListCommand,
  ruleOffCommand,
  ruleOnCommand,
  ruleRunCommand,
  ruleShowCommand,
  watchListAddCommand,
  watchListCommand,
  watchListRemoveCommand,
} from './rule-commands.ts';
import { supportCommand } from './support-command.ts';
import { findingStateCommand, findingVerdictCommand } from './verdict-command.ts';
import { watchCommand } from './watch-command.ts';
import { workspaceCheckCommand, workspaceRebuildCommand, workspaceRescueCommand } from './workspace-commands.ts';

/** The table of the command line: adding a command is one entry. */
export const cliCommands: readonly CliCommand[] = [
  importCommand,
  processesCommand,
  volumesCommand,
  devicesCommand,
  approveDeviceCommand,
  blockDeviceCommand,
  sessionsCommand,
  writesCommand,
  findingsCommand,
  findingCommand,
  findingStateCommand,
  findingVerdictCommand,
  watchCommand,
  ruleListCommand,
  ruleShowCommand,
  ruleImportCommand,
  ruleRunCommand,
  ruleOnCommand,
  ruleOffCommand,
  ruleAddCommand,
  ruleChangeCommand,
  ruleDuplicateCommand,
  ruleRemoveCommand,
  ruleRestoreCommand,
  ruleRunsCommand,
  alertsCommand,
  exceptionAddCommand,
  exceptionListCommand,
  exceptionRemoveCommand,
  exceptionRestoreCommand,
  exceptionPreviewCommand,
  watchListCommand,
  watchListAddCommand,
  watchListRemoveCommand,
  watchListRestoreCommand,
  caseOpenCommand,
  caseListCommand,
  caseShowCommand,
  caseNoteCommand,
  caseStepCommand,
  caseVerdictCommand,
  caseConsultCommand,
  caseTaskCommand,
  caseExportCommand,
  caseActCommand,
  caseAlertsCommand,
  casePushCommand,
  verifyCommand,
  auditListCommand,
  auditVerifyCommand,
  workspaceCheckCommand,
  workspaceRescueCommand,
  workspaceRebuildCommand,
  supportCommand,
  checkCommand,
  elasticAlertsCommand,
  elasticAlertCommand,
  demoCommand,
];
