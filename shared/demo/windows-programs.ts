import type { DemoProgram, ProgramSet } from './company-profile.ts';

const microsoft = 'Microsoft Windows';
const system32 = 'C:\\Windows\\System32';

/** Names that programs were built with, where they differ from those they run under. */
const builtNames: Readonly<Record<string, string>> = {
  'WINWORD.EXE': 'WinWord.exe',
  'EXCEL.EXE': 'Excel.exe',
  'ReflectBin.exe': 'Reflect.exe',
  'setup.exe': 'Bootstrapper.exe',
  'fcagte.exe': 'fcagent.exe',
};

function signed(folder: string, name: string, publisher: string | undefined, parent: string): DemoProgram {
  return { name, executable: `${folder}\\${name}`, publisher, originalName: builtNames[name] ?? name, parent };
}

function windows(name: string, parent: string, folder = system32): DemoProgram {
  return signed(folder, name, microsoft, parent);
}

/** A program that another name hides. */
function disguised(name: string, folder: string, originalName: string | undefined, parent: string): DemoProgram {
  return { name, executable: `${folder}\\${name}`, originalName, parent };
}

const localPrograms = 'C:\\Users\\{user}\\AppData\\Local\\Programs';
const temp = 'C:\\Users\\{user}\\AppData\\Local\\Temp';
const roaming = 'C:\\Users\\{user}\\AppData\\Roaming';

/** Windows of the first company. */
export const windowsPrograms: ProgramSet = {
  shell: [windows('explorer.exe', 'userinit.exe', 'C:\\Windows')],
  backup: [
    signed(
      'C:\\Program Files\\Veeam\\Endpoint Backup',
      'Veeam.EndPoint.Manager.exe',
      'Veeam Software Group GmbH',
      'services.exe',
    ),
    signed('C:\\Program Files\\Macrium\\Reflect', 'ReflectBin.exe', 'Paramount Software UK Ltd', 'services.exe'),
    windows('FileHistory.exe', 'svchost.exe'),
    windows('wbengine.exe', 'services.exe'),
  ],
  transfer: [
    signed('C:\\Program Files\\TeraCopy', 'TeraCopy.exe', 'Code Sector', 'explorer.exe'),
    signed('C:\\Program Files\\totalcmd', 'TOTALCMD64.EXE', 'Ghisler Software GmbH', 'explorer.exe'),
    windows('robocopy.exe', 'cmd.exe'),
    signed('C:\\Program Files\\FastCopy', 'FastCopy.exe', undefined, 'explorer.exe'),
  ],
  update: [
    windows('msiexec.exe', 'services.exe'),
    windows('drvinst.exe', 'svchost.exe'),
    signed('C:\\Windows\\CCM', 'CcmExec.exe', 'Microsoft Corporation', 'services.exe'),
    signed(
      'C:\\Program Files (x86)\\Microsoft\\EdgeUpdate',
      'MicrosoftEdgeUpdate.exe',
      'Microsoft Corporation',
      'svchost.exe',
    ),
    signed(
      'C:\\ProgramData\\SanDisk\\Dashboard',
      'SanDiskDashboardUpdate.exe',
      'Western Digital Technologies, Inc.',
      'services.exe',
    ),
    signed('C:\\Windows\\ccmcache\\4f', 'setup.exe', 'Adobe Inc.', 'CcmExec.exe'),
  ],
  maintenance: [
    windows('dism.exe', 'cmd.exe'),
    windows('robocopy.exe', 'powershell.exe'),
    windows('powershell.exe', 'explorer.exe', `${system32}\\WindowsPowerShell\\v1.0`),
    signed('C:\\IT\\Tools', 'rufus.exe', 'Akeo Consulting', 'explorer.exe'),
    windows('xcopy.exe', 'cmd.exe'),
    signed('C:\\IT\\Tools', 'Ventoy2Disk.exe', undefined, 'explorer.exe'),
    windows('msinfo32.exe', 'explorer.exe'),
  ],
  save: [
    signed(
      'C:\\Program Files\\Microsoft Office\\root\\Office16',
      'WINWORD.EXE',
      'Microsoft Corporation',
      'explorer.exe',
    ),
    signed('C:\\Program Files\\Microsoft Office\\root\\Office16', 'EXCEL.EXE', 'Microsoft Corporation', 'explorer.exe'),
    signed(
      'C:\\Program Files\\Microsoft Office\\root\\Office16',
      'POWERPNT.EXE',
      'Microsoft Corporation',
      'explorer.exe',
    ),
    signed(
      'C:\\Program Files (x86)\\Microsoft\\Edge\\Application',
      'msedge.exe',
      'Microsoft Corporation',
      'explorer.exe',
    ),
    signed('C:\\Program Files\\Google\\Chrome\\Application', 'chrome.exe', 'Google LLC', 'explorer.exe'),
    signed('C:\\Program Files\\Adobe\\Acrobat DC\\Acrobat', 'Acrobat.exe', 'Adobe Inc.', 'explorer.exe'),
    signed('C:\\Program Files\\7-Zip', '7zG.exe', undefined, 'explorer.exe'),
    signed('C:\\Program Files\\Notepad++', 'notepad++.exe', 'Notepad++', 'explorer.exe'),
  ],
  sync: [
    signed('C:\\Program Files\\FreeFileSync\\Bin', 'FreeFileSync_x64.exe', undefined, 'explorer.exe'),
    signed('C:\\Program Files\\Siber Systems\\GoodSync', 'GoodSync.exe', 'Siber Systems Inc.', 'explorer.exe'),
    signed('C:\\Users\\{user}\\AppData\\Local\\Syncthing', 'syncthing.exe', undefined, 'explorer.exe'),
  ],
  system: [
    { name: 'System', executable: '', publisher: undefined, parent: '' },
    windows('svchost.exe', 'services.exe'),
    windows('SearchIndexer.exe', 'services.exe'),
    windows('dllhost.exe', 'svchost.exe'),
  ],
  rollout: [
    signed('C:\\Program Files\\BlueQuay\\PrintAgent', 'QuayPrintAgent.exe', 'BlueQuay Systems AG', 'services.exe'),
    signed('C:\\Program Files\\Nordlicht\\LabelStudio', 'LabelStudio.exe', 'Nordlicht Software GmbH', 'explorer.exe'),
    signed('C:\\Program Files\\Trellix\\DLP', 'fcagte.exe', 'Musarubra US LLC', 'services.exe'),
    signed('C:\\Program Files\\Kestrel CAD 9', 'kestrelcad.exe', 'Kestrel Design Ltd', 'explorer.exe'),
  ],
  oneOffStems: [
    'irfanview',
    'cura',
    'garmin-express',
    'dicomview',
    'mp3tag',
    'calibre',
    'handbrake',
    'logviewer',
    'tacho-export',
    'scanpro',
    'mapinstaller',
    'cnc-post',
    'audacity',
    'inkscape',
    'hwmonitor',
    'plotsend',
    'ecu-flash',
    'photoexport',
    'labelmaker',
    'datalogger',
    'fritzing',
    'openscad',
    'dashcam-viewer',
    'meterread',
    'voicerec',
    'firmwaretool',
    'slicer',
    'geoexport',
    'obsrec',
    'keyview',
  ],
  oneOffFolders: [
    'C:\\Program Files',
    'C:\\Program Files',
    'C:\\Program Files',
    'C:\\Program Files (x86)',
    localPrograms,
    localPrograms,
    'C:\\Users\\{user}\\Downloads',
    '{volume}\\PortableApps',
  ],
  masquerade: [
    disguised('svch0st.exe', 'C:\\ProgramData\\Microsoft', undefined, 'cmd.exe'),
    disguised('rundll32.exe', temp, undefined, 'explorer.exe'),
    disguised('expl0rer.exe', roaming, undefined, 'powershell.exe'),
    disguised('lsass.exe', 'C:\\Users\\Public', undefined, 'cmd.exe'),
    disguised('RuntimeBr0ker.exe', `${roaming}\\Microsoft`, undefined, 'wscript.exe'),
    disguised('taskhostvv.exe', 'C:\\ProgramData', undefined, 'powershell.exe'),
    disguised('SearchIndexr.exe', temp, undefined, 'cmd.exe'),
  ],
  livingOffTheLand: [
    windows('certutil.exe', 'cmd.exe'),
    windows('esentutl.exe', 'cmd.exe'),
    windows('makecab.exe', 'powershell.exe'),
    windows('tar.exe', 'cmd.exe'),
    windows('powershell.exe', 'WINWORD.EXE', `${system32}\\WindowsPowerShell\\v1.0`),
    windows('robocopy.exe', 'cmd.exe'),
    windows('curl.exe', 'powershell.exe'),
  ],
  renamedTool: [
    disguised('svcmon.exe', 'C:\\ProgramData\\SvcMon', 'rclone.exe', 'cmd.exe'),
    disguised('report.exe', 'C:\\Users\\{user}\\Documents', '7za.exe', 'explorer.exe'),
    disguised('updater.exe', `${roaming}\\Updater`, 'rclone.exe', 'taskhostw.exe'),
    disguised('OneDrive.exe', 'C:\\ProgramData\\OneDrive', 'FastCopy.exe', 'explorer.exe'),
    disguised('chrome.exe', `${temp}\\scoped_dir`, 'Rar.exe', 'cmd.exe'),
    disguised('tools.exe', 'C:\\PerfLogs', 'robocopy.exe', 'cmd.exe'),
  ],
  rareParent: [
    windows('notepad.exe', 'WINWORD.EXE'),
    windows('dllhost.exe', 'EXCEL.EXE'),
    windows('spoolsv.exe', 'rundll32.exe'),
    windows('RuntimeBroker.exe', 'mshta.exe'),
    windows('mspaint.exe', 'powershell.exe'),
    windows('werfault.exe', 'OUTLOOK.EXE'),
  ],
  runFromDevice: [
    disguised('sync.exe', '{volume}', undefined, 'explorer.exe'),
    disguised('viewer.exe', '{volume}\\bin', undefined, 'explorer.exe'),
  ],
  serviceUser: 'SYSTEM',
  serviceUserId: 'S-1-5-18',
  applicationUser: 'svc-report',
};

/** Windows of held-out evaluation: other software for the same purposes, other disguises. */
export const otherWindowsPrograms: ProgramSet = {
  ...windowsPrograms,
  backup: [
    signed(
      'C:\\Program Files (x86)\\Acronis\\BackupAndRecovery',
      'mms.exe',
      'Acronis International GmbH',
      'services.exe',
    ),
    signed(
      'C:\\Program Files\\AOMEI\\AOMEI Backupper',
      'ABCorehlp.exe',
      'AOMEI International Network Limited',
      'services.exe',
    ),
    signed('C:\\Program Files\\Commvault\\ContentStore\\Base', 'cvd.exe', 'Commvault Systems, Inc.', 'services.exe'),
    signed('C:\\Program Files\\Restic', 'restic.exe', undefined, 'taskhostw.exe'),
  ],
  transfer: [
    signed('C:\\Program Files\\Double Commander', 'doublecmd.exe', undefined, 'explorer.exe'),
    windows('xcopy.exe', 'cmd.exe'),
    signed('C:\\Program Files (x86)\\FreeCommander XE', 'FreeCommander.exe', undefined, 'explorer.exe'),
    signed('C:\\Program Files\\UltraCopier', 'ultracopier.exe', undefined, 'explorer.exe'),
  ],
  update: [
    windows('msiexec.exe', 'services.exe'),
    windows('drvinst.exe', 'svchost.exe'),
    signed('C:\\Program Files (x86)\\Google\\Update', 'GoogleUpdate.exe', 'Google LLC', 'svchost.exe'),
    signed('C:\\Program Files (x86)\\Ivanti\\EPM Agent\\Inventory', 'ldiscn32.exe', 'Ivanti, Inc.', 'services.exe'),
    signed('C:\\ProgramData\\Kingston\\Updater', 'KSMUpdate.exe', 'Kingston Technology Company, Inc.', 'services.exe'),
  ],
  maintenance: [
    windows('diskpart.exe', 'cmd.exe'),
    windows('robocopy.exe', 'cmd.exe'),
    windows('cmd.exe', 'explorer.exe'),
    signed('C:\\Tools', 'balenaEtcher.exe', undefined, 'explorer.exe'),
    windows('wbadmin.exe', 'cmd.exe'),
    signed('C:\\Tools', 'FTK Imager.exe', undefined, 'explorer.exe'),
  ],
  sync: [
    signed('C:\\Program Files\\Nextcloud', 'nextcloud.exe', undefined, 'explorer.exe'),
    signed('C:\\Program Files\\SyncBackPro', 'SyncBackPro.exe', '2BrightSparks Pte Ltd', 'explorer.exe'),
  ],
  rollout: [
    signed('C:\\Program Files\\Pelikan\\FormFill', 'FormFill.exe', 'Pelikan Digital BV', 'explorer.exe'),
    signed('C:\\Program Files\\Orbis\\Endpoint', 'orbisagent.exe', 'Orbis Security SA', 'services.exe'),
    signed('C:\\Program Files\\ScanRiver', 'scanriver.exe', 'ScanRiver Inc.', 'explorer.exe'),
  ],
  oneOffStems: [
    'wavepad',
    'gpxsee',
    'rawtherapee',
    'filebot',
    'stellarium',
    'darktable',
    'kicad',
    'bambu',
    'dvdstyler',
    'picoscope',
    'teraterm',
    'nikon-transfer',
    'ez-dash',
    'shotcut',
    'musescore',
    'scribus',
    'openrocket',
    'freeplane',
    'gramps',
    'xnview',
    'puretext',
    'tracklog',
    'lablink',
    'smartmeter',
    'qcad',
    'simhub',
    'viewpoint',
    'airnav',
    'docfetch',
    'barcodegen',
  ],
  masquerade: [
    disguised('csrss.exe', 'C:\\ProgramData\\Intel', undefined, 'cmd.exe'),
    disguised('winIogon.exe', roaming, undefined, 'powershell.exe'),
    disguised('spo0lsv.exe', 'C:\\Users\\Public\\Libraries', undefined, 'wscript.exe'),
    disguised('dllhost.exe', temp, undefined, 'explorer.exe'),
    disguised('conhоst.exe', 'C:\\ProgramData', undefined, 'cmd.exe'),
    disguised('smartscren.exe', `${roaming}\\Defender`, undefined, 'cmd.exe'),
  ],
  livingOffTheLand: [
    windows('bitsadmin.exe', 'cmd.exe'),
    windows('expand.exe', 'cmd.exe'),
    windows('diantz.exe', 'powershell.exe'),
    windows('wscript.exe', 'explorer.exe'),
    windows('print.exe', 'cmd.exe'),
    windows('powershell.exe', 'EXCEL.EXE', `${system32}\\WindowsPowerShell\\v1.0`),
  ],
  renamedTool: [
    disguised('helper.exe', 'C:\\ProgramData\\Helper', 'AzCopy.exe', 'cmd.exe'),
    disguised('invoice.exe', 'C:\\Users\\{user}\\Downloads', '7z.exe', 'explorer.exe'),
    disguised('audiosvc.exe', `${roaming}\\Audio`, 'WinSCP.exe', 'taskhostw.exe'),
    disguised('Teams.exe', 'C:\\Users\\Public', 'rclone.exe', 'explorer.exe'),
    disguised('Dropbox.exe', `${temp}\\db`, 'FreeFileSync_x64.exe', 'cmd.exe'),
  ],
  rareParent: [
    windows('SnippingTool.exe', 'EXCEL.EXE'),
    windows('taskhostw.exe', 'mshta.exe'),
    windows('fontdrvhost.exe', 'rundll32.exe'),
    windows('sihost.exe', 'wscript.exe'),
    windows('ctfmon.exe', 'powershell.exe'),
  ],
  applicationUser: 'svc-scan',
};
