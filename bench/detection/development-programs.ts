import type { DemoProgram, ProgramSet } from '../../shared/demo/company-profile.ts';

function windows(
  name: string,
  folder: string,
  publisher: string | undefined,
  parent: string,
  built = name,
): DemoProgram {
  return { name, executable: `${folder}\\${name}`, publisher, originalName: built, parent };
}

function hidden(name: string, folder: string, originalName: string | undefined, parent: string): DemoProgram {
  return { name, executable: `${folder}\\${name}`, originalName, parent };
}

function linux(name: string, parent: string, folder = '/usr/bin'): DemoProgram {
  return { name, executable: `${folder}/${name}`, parent };
}

function application(name: string, publisher: string, parent = 'launchd'): DemoProgram {
  return { name, executable: `/Applications/${name}.app/Contents/MacOS/${name}`, publisher, parent };
}

function apple(name: string, folder: string, parent = 'launchd', publisher = 'Software Signing'): DemoProgram {
  return { name, executable: `${folder}/${name}`, publisher, parent };
}

const system32 = 'C:\\Windows\\System32';
const microsoft = 'Microsoft Windows';
const office = 'C:\\Program Files\\LibreOffice\\program';
const foundation = 'The Document Foundation';

/** Windows of the development companies that are not port. */
export const developmentWindows: ProgramSet = {
  shell: [windows('explorer.exe', 'C:\\Windows', microsoft, 'userinit.exe')],
  backup: [
    windows('cbb.exe', 'C:\\Program Files\\MSP360', 'MSPBytes, Corp.', 'services.exe'),
    windows('duplicati.exe', 'C:\\Program Files\\Duplicati 2', 'Duplicati, Inc.', 'services.exe'),
    windows('wbadmin.exe', system32, microsoft, 'svchost.exe'),
  ],
  transfer: [
    windows('doublecmd.exe', 'C:\\Program Files\\Double Commander', undefined, 'explorer.exe'),
    windows('UltraCopier.exe', 'C:\\Program Files\\Ultracopier', undefined, 'explorer.exe'),
    windows('xcopy.exe', system32, microsoft, 'cmd.exe'),
    windows('DICOMSend.exe', 'C:\\Program Files\\Radia', 'Radia Imaging BV', 'explorer.exe'),
  ],
  update: [
    windows('msiexec.exe', system32, microsoft, 'services.exe'),
    windows('wusa.exe', system32, microsoft, 'svchost.exe'),
    windows('LogiOptionsMgr.exe', 'C:\\Program Files\\Logitech', 'Logitech Inc', 'services.exe'),
    windows('baramundi.exe', 'C:\\Program Files\\bMA', 'baramundi software AG', 'services.exe', 'bma.exe'),
  ],
  maintenance: [
    windows('diskpart.exe', system32, microsoft, 'cmd.exe'),
    windows('powershell.exe', `${system32}\\WindowsPowerShell\\v1.0`, microsoft, 'explorer.exe'),
    windows('balenaEtcher.exe', 'C:\\Support', 'Balena Ltd.', 'explorer.exe'),
    windows('robocopy.exe', system32, microsoft, 'cmd.exe'),
  ],
  save: [
    windows('soffice.bin', office, foundation, 'soffice.exe'),
    windows('firefox.exe', 'C:\\Program Files\\Mozilla Firefox', 'Mozilla Corporation', 'explorer.exe'),
    windows('FoxitPDFReader.exe', 'C:\\Program Files\\Foxit', 'FOXIT SOFTWARE INC.', 'explorer.exe'),
    windows('PeaZip.exe', 'C:\\Program Files\\PeaZip', undefined, 'explorer.exe'),
    windows('WardNotes.exe', 'C:\\Program Files\\WardNotes', 'Medisoft Oy', 'explorer.exe'),
    windows('thunderbird.exe', 'C:\\Program Files\\Mozilla Thunderbird', 'Mozilla Corporation', 'explorer.exe'),
  ],
  sync: [
    windows('SyncBackPro.exe', 'C:\\Program Files\\2BrightSparks', '2BrightSparks Pte Ltd', 'explorer.exe'),
    windows('AllwaySync.exe', 'C:\\Program Files\\Allway Sync', undefined, 'explorer.exe'),
  ],
  system: [
    { name: 'System', executable: '', publisher: undefined, parent: '' },
    windows('svchost.exe', system32, microsoft, 'services.exe'),
    windows('MsMpEng.exe', 'C:\\ProgramData\\Microsoft\\Windows Defender\\Platform', microsoft, 'services.exe'),
  ],
  rollout: [
    windows('CareLink.exe', 'C:\\Program Files\\CareLink', 'CareLink Systems GmbH', 'explorer.exe'),
    windows('csagent.exe', 'C:\\Program Files\\Sentry', 'Sentry Point Ltd', 'services.exe'),
    windows('FormFill.exe', 'C:\\Program Files\\FormFill 4', 'Papyrus Forms SA', 'explorer.exe'),
  ],
  oneOffStems: [
    'picasa',
    'xnview',
    'ecgview',
    'spirometer',
    'labelwin',
    'tomtom',
    'vlc',
    'avidemux',
    'weightlog',
    'pulsoxy',
    'rosterprint',
    'sudokupro',
    'imageburn',
    'recuva',
    'anki',
    'gimp',
    'musescore',
    'barcodekit',
    'tempmonitor',
    'dosecalc',
  ],
  oneOffFolders: [
    'C:\\Program Files',
    'C:\\Program Files',
    'C:\\Program Files (x86)',
    'C:\\Users\\{user}\\AppData\\Local\\Programs',
    'C:\\Users\\{user}\\Desktop',
    '{volume}',
  ],
  masquerade: [
    hidden('winlog0n.exe', 'C:\\Users\\Public\\Libraries', undefined, 'cmd.exe'),
    hidden('smss.exe', 'C:\\ProgramData\\Intel', undefined, 'powershell.exe'),
    hidden('firefoxx.exe', 'C:\\Users\\{user}\\AppData\\Roaming\\Mozilla', undefined, 'cmd.exe'),
    hidden('MsMpEnq.exe', 'C:\\Windows\\Temp', undefined, 'wscript.exe'),
    hidden('dwm.exe', 'C:\\Users\\{user}\\Downloads', undefined, 'explorer.exe'),
  ],
  livingOffTheLand: [
    windows('bitsadmin.exe', system32, microsoft, 'cmd.exe'),
    windows('expand.exe', system32, microsoft, 'powershell.exe'),
    windows('tar.exe', system32, microsoft, 'powershell.exe'),
    windows('replace.exe', system32, microsoft, 'cmd.exe'),
    windows('esentutl.exe', system32, microsoft, 'wscript.exe'),
  ],
  renamedTool: [
    hidden('audiosrv.exe', 'C:\\ProgramData\\Audio', 'rclone.exe', 'cmd.exe'),
    hidden('scan.exe', 'C:\\Users\\{user}\\Music', '7z.exe', 'explorer.exe'),
    hidden('helper.exe', 'C:\\Users\\{user}\\AppData\\Local\\Helper', 'WinSCP.exe', 'taskhostw.exe'),
    hidden('firefox.exe', 'C:\\Users\\{user}\\AppData\\Local\\Temp', 'Rar.exe', 'cmd.exe'),
  ],
  rareParent: [
    windows('calc.exe', system32, microsoft, 'soffice.bin'),
    windows('svchost.exe', system32, microsoft, 'powershell.exe'),
    windows('wordpad.exe', 'C:\\Program Files\\Windows NT\\Accessories', microsoft, 'mshta.exe'),
    windows('FoxitPDFReader.exe', 'C:\\Program Files\\Foxit', 'FOXIT SOFTWARE INC.', 'rundll32.exe'),
  ],
  runFromDevice: [
    hidden('start.exe', '{volume}\\tool', undefined, 'explorer.exe'),
    hidden('portable.exe', '{volume}', undefined, 'explorer.exe'),
  ],
  serviceUser: 'SYSTEM',
  serviceUserId: 'S-1-5-18',
  applicationUser: 'svc-archive',
};

/** Linux of the development companies. */
export const developmentLinux: ProgramSet = {
  shell: [linux('thunar', 'xfce4-session'), linux('nemo', 'cinnamon'), linux('cp', 'zsh')],
  backup: [linux('rdiff-backup', 'cron'), linux('bacula-fd', 'systemd', '/usr/sbin'), linux('rsnapshot', 'cron')],
  transfer: [linux('rclone', 'zsh'), linux('scp', 'zsh'), linux('krusader', 'plasmashell'), linux('rsync', 'zsh')],
  update: [linux('rpm', 'dnf'), linux('flatpak', 'systemd'), linux('ansible-pull', 'cron'), linux('fwupdmgr', 'sudo')],
  maintenance: [
    linux('parted', 'sudo', '/usr/sbin'),
    linux('mkfs.ext4', 'sudo', '/usr/sbin'),
    linux('ddrescue', 'sudo'),
    linux('cpio', 'sudo'),
  ],
  save: [
    linux('evolution', 'cinnamon'),
    linux('chromium', 'cinnamon', '/usr/lib/chromium'),
    linux('emacs', 'xfce4-session'),
    linux('blender', 'xfce4-session', '/opt/blender'),
    linux('engrampa', 'thunar'),
    linux('octave-cli', 'zsh'),
  ],
  sync: [linux('osync', 'cron', '/usr/local/bin'), linux('seafile-applet', 'cinnamon')],
  system: [linux('gvfsd-trash', 'systemd', '/usr/libexec'), linux('udisksd', 'systemd', '/usr/libexec/udisks2')],
  rollout: [
    linux('yardplan', 'cinnamon', '/opt/yardplan/bin'),
    linux('falconctl', 'systemd', '/opt/falcon'),
    linux('weldlog', 'xfce4-session', '/opt/weldlog'),
  ],
  oneOffStems: [
    'hugin',
    'paraview',
    'scilab',
    'gerbv',
    'kstars',
    'avrdude',
    'openfoam',
    'gmsh',
    'rawtherapee',
    'mpv',
    'librecad',
    'scribus',
    'pspp',
    'wxmaxima',
    'stellarium',
    'grass',
    'minicom',
    'gpsbabel',
    'photorec',
    'handbrake-cli',
  ],
  oneOffFolders: ['/usr/bin', '/usr/bin', '/usr/local/bin', '/opt/extra', '/home/{user}/bin', '{volume}'],
  masquerade: [
    linux('dbus-deamon', 'zsh', '/tmp'),
    linux('udisksd', 'sh', '/var/tmp/.udisks'),
    linux('thunаr', 'sh', '/home/{user}/.local'),
    linux('systemd-resoIved', 'python3', '/dev/shm'),
  ],
  livingOffTheLand: [
    linux('socat', 'zsh'),
    linux('dd', 'zsh'),
    linux('perl', 'sh'),
    linux('tar', 'zsh'),
    linux('gzip', 'sh'),
  ],
  renamedTool: [
    linux('pulse-helper', 'zsh', '/home/{user}/.pulse'),
    linux('cacheclean', 'cron', '/var/tmp/.c'),
    linux('draft', 'zsh', '/home/{user}/Desktop'),
  ],
  rareParent: [
    linux('atril', 'sh'),
    linux('chromium', 'python3', '/usr/lib/chromium'),
    linux('udisksd', 'zsh', '/usr/libexec/udisks2'),
  ],
  runFromDevice: [linux('go', 'zsh', '{volume}/.bin'), linux('pack', 'sh', '{volume}')],
  serviceUser: 'root',
  serviceUserId: '0',
  applicationUser: 'gitlab-runner',
};

const coreServices = '/System/Library/CoreServices';

/** macOS of the development companies. */
export const developmentMacos: ProgramSet = {
  shell: [apple('Finder', `${coreServices}/Finder.app/Contents/MacOS`), apple('cp', '/bin', 'zsh')],
  backup: [
    apple('backupd', `${coreServices}/backupd.bundle/Contents/Resources`),
    application('SuperDuper!', 'Shirt Pocket'),
    application('Arq', 'Haystack Software LLC'),
  ],
  transfer: [application('Commander One', 'Electronic Team, Inc.'), apple('ditto', '/usr/bin', 'zsh')],
  update: [
    apple('softwareupdated', `${coreServices}/Software Update.app/Contents/Resources`),
    apple('installer', '/usr/sbin', 'kandji-agent'),
    application('GoogleUpdater', 'Google LLC'),
  ],
  maintenance: [apple('diskutil', '/usr/sbin', 'sudo'), apple('rsync', '/usr/bin', 'sudo')],
  save: [
    application('Pages', 'Software Signing'),
    application('InDesign', 'Adobe Inc.'),
    application('Safari', 'Software Signing'),
    application('Affinity Photo', 'Serif (Europe) Ltd'),
    application('Logic Pro', 'Software Signing'),
  ],
  sync: [application('GoodSync', 'Siber Systems, Inc.'), application('Dropbox', 'Dropbox, Inc.')],
  system: [
    apple('mds', '/System/Library/Frameworks/CoreServices.framework/Support'),
    apple('fseventsd', '/System/Library/Frameworks/CoreServices.framework/Support'),
  ],
  rollout: [application('ProofDesk', 'ProofDesk Ltd'), apple('kandji-agent', '/Library/Kandji', 'launchd', 'Kandji')],
  oneOffStems: [
    'Pixelmator',
    'Bartender',
    'DaisyDisk',
    'iMazing',
    'Kaleidoscope',
    'Nova',
    'Tot',
    'Vectornator',
    'Yoink',
  ],
  oneOffFolders: ['/Applications', '/Applications', '/Users/{user}/Applications', '/Users/{user}/Desktop', '{volume}'],
  masquerade: [
    apple('Fínder', '/Users/Shared', 'zsh', ''),
    apple('mds', '/private/tmp', 'bash', ''),
    apple('softwareupdate1', '/Users/{user}/Library', 'zsh', ''),
  ],
  livingOffTheLand: [
    apple('curl', '/usr/bin', 'zsh'),
    apple('tar', '/usr/bin', 'osascript'),
    apple('xxd', '/usr/bin', 'zsh'),
    apple('sqlite3', '/usr/bin', 'bash'),
  ],
  renamedTool: [
    apple('agentd', '/Users/{user}/Library/LaunchAgents', 'bash', ''),
    apple('Preview Helper', '/Users/Shared/.p', 'zsh', ''),
  ],
  rareParent: [
    apple('Pages', '/Applications/Pages.app/Contents/MacOS', 'python3'),
    apple('mds', '/System/Library/Frameworks/CoreServices.framework/Support', 'zsh'),
  ],
  runFromDevice: [apple('open me', '{volume}', 'Finder', ''), apple('tool', '{volume}/bin', 'zsh', '')],
  serviceUser: 'root',
  serviceUserId: '0',
  applicationUser: '_renderer',
};
