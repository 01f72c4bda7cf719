import type { DemoProgram, ProgramSet } from './company-profile.ts';

function linux(name: string, parent: string, folder = '/usr/bin'): DemoProgram {
  return { name, executable: `${folder}/${name}`, parent };
}

function apple(name: string, executable: string, parent = 'launchd', publisher = 'Software Signing'): DemoProgram {
  return { name, executable, publisher, parent };
}

/** Linux of the second company. */
export const linuxPrograms: ProgramSet = {
  shell: [linux('nautilus', 'systemd'), linux('dolphin', 'plasmashell'), linux('cp', 'bash')],
  backup: [linux('restic', 'systemd'), linux('borg', 'cron'), linux('duplicity', 'deja-dup')],
  transfer: [linux('rsync', 'bash'), linux('mc', 'bash'), linux('grsync', 'gnome-shell')],
  update: [
    linux('dpkg', 'apt-get'),
    linux('fwupd', 'systemd', '/usr/libexec/fwupd'),
    linux('snapd', 'systemd', '/usr/lib/snapd'),
    linux('puppet', 'systemd', '/opt/puppetlabs/bin'),
  ],
  maintenance: [
    linux('mkfs.exfat', 'sudo', '/usr/sbin'),
    linux('dd', 'sudo'),
    linux('rsync', 'sudo'),
    linux('gnome-disks', 'gnome-shell'),
    linux('xorriso', 'bash'),
    linux('tar', 'sudo'),
  ],
  save: [
    linux('soffice.bin', 'gnome-shell', '/usr/lib/libreoffice/program'),
    linux('firefox', 'gnome-shell', '/usr/lib/firefox'),
    linux('gimp-2.10', 'gnome-shell'),
    linux('code', 'gnome-shell', '/usr/share/code'),
    linux('file-roller', 'nautilus'),
    linux('python3.11', 'bash'),
  ],
  sync: [linux('syncthing', 'systemd'), linux('unison', 'bash'), linux('nextcloud', 'gnome-shell')],
  system: [
    linux('gvfsd', 'systemd', '/usr/libexec'),
    linux('udisksd', 'systemd', '/usr/libexec/udisks2'),
    linux('tracker-miner-fs-3', 'systemd', '/usr/libexec'),
  ],
  rollout: [
    linux('millview', 'gnome-shell', '/opt/millview/bin'),
    linux('qc-collector', 'systemd', '/opt/qc/bin'),
    linux('wazuh-agentd', 'systemd', '/var/ossec/bin'),
  ],
  oneOffStems: [
    'gnuplot',
    'octave',
    'kicad',
    'freecad',
    'openocd',
    'esptool',
    'arduino',
    'prusa-slicer',
    'vlc',
    'ffmpeg',
    'darktable',
    'qgis',
    'okular',
    'picocom',
    'sigrok',
    'testdisk',
    'audacity',
    'inkscape',
    'digikam',
    'josm',
    'xournalpp',
    'zotero',
    'calibre',
    'gpredict',
    'meshlab',
  ],
  oneOffFolders: [
    '/usr/bin',
    '/usr/bin',
    '/usr/local/bin',
    '/opt/tools',
    '/home/{user}/.local/bin',
    '/home/{user}/Downloads',
    '{volume}/bin',
  ],
  masquerade: [
    linux('systemd-journaId', 'bash', '/var/tmp'),
    linux('sshd', 'bash', '/dev/shm'),
    linux('gvfsd', 'sh', '/tmp/.x'),
    linux('nautiIus', 'sh', '/home/{user}/.cache'),
    linux('rsyncd', 'python3.11', '/var/tmp'),
    linux('kworker', 'bash', '/tmp'),
  ],
  livingOffTheLand: [
    linux('openssl', 'bash'),
    linux('base64', 'bash'),
    linux('busybox', 'sh'),
    linux('curl', 'bash'),
    linux('split', 'bash'),
    linux('xxd', 'bash'),
  ],
  renamedTool: [
    linux('dbus-helper', 'bash', '/home/{user}/.cache'),
    linux('fontsync', 'sh', '/home/{user}/.config/fontsync'),
    linux('log-rotate', 'cron', '/opt/.log'),
    linux('notes', 'bash', '/home/{user}/Documents'),
  ],
  rareParent: [
    linux('cupsd', 'bash', '/usr/sbin'),
    linux('evince', 'sh'),
    linux('pulseaudio', 'python3.11'),
    linux('gedit', 'curl'),
  ],
  runFromDevice: [linux('sync', 'bash', '{volume}/tools'), linux('runner', 'bash', '{volume}')],
  serviceUser: 'root',
  serviceUserId: '0',
  applicationUser: 'jenkins',
};

/** macOS of the second company. */
export const macosPrograms: ProgramSet = {
  shell: [apple('Finder', '/System/Library/CoreServices/Finder.app/Contents/MacOS/Finder')],
  backup: [
    apple('backupd', '/System/Library/CoreServices/backupd.bundle/Contents/Resources/backupd'),
    apple(
      'Carbon Copy Cloner',
      '/Applications/Carbon Copy Cloner.app/Contents/MacOS/Carbon Copy Cloner',
      'launchd',
      'Bombich Software, Inc.',
    ),
  ],
  transfer: [
    apple('rsync', '/usr/bin/rsync', 'zsh'),
    apple('ditto', '/usr/bin/ditto', 'zsh'),
    apple('ForkLift', '/Applications/ForkLift.app/Contents/MacOS/ForkLift', 'launchd', 'BinaryNights'),
  ],
  update: [
    apple('softwareupdate', '/usr/sbin/softwareupdate'),
    apple(
      'Microsoft AutoUpdate',
      '/Library/Application Support/Microsoft/MAU2.0/Microsoft AutoUpdate.app/Contents/MacOS/Microsoft AutoUpdate',
      'launchd',
      'Microsoft Corporation',
    ),
    apple('managedsoftwareupdate', '/usr/local/munki/managedsoftwareupdate', 'launchd', 'Mac Admins Open Source'),
  ],
  maintenance: [
    apple('createinstallmedia', '/Applications/Install macOS.app/Contents/Resources/createinstallmedia', 'sudo'),
    apple('diskutil', '/usr/sbin/diskutil', 'sudo'),
    apple('asr', '/usr/sbin/asr', 'sudo'),
  ],
  save: [
    apple('Preview', '/System/Applications/Preview.app/Contents/MacOS/Preview'),
    apple(
      'Adobe Photoshop',
      '/Applications/Adobe Photoshop/Adobe Photoshop.app/Contents/MacOS/Adobe Photoshop',
      'launchd',
      'Adobe Inc.',
    ),
    apple('Google Chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', 'launchd', 'Google LLC'),
    apple('Keynote', '/Applications/Keynote.app/Contents/MacOS/Keynote'),
    apple(
      'Archive Utility',
      '/System/Library/CoreServices/Applications/Archive Utility.app/Contents/MacOS/Archive Utility',
    ),
  ],
  sync: [
    apple('ChronoSync', '/Applications/ChronoSync.app/Contents/MacOS/ChronoSync', 'launchd', 'Econ Technologies'),
    apple('Resilio Sync', '/Applications/Resilio Sync.app/Contents/MacOS/Resilio Sync', 'launchd', 'Resilio, Inc.'),
  ],
  system: [
    apple('mds_stores', '/System/Library/Frameworks/CoreServices.framework/Support/mds_stores'),
    apple('fseventsd', '/System/Library/Frameworks/CoreServices.framework/Support/fseventsd'),
  ],
  rollout: [
    apple('MillPortal', '/Applications/MillPortal.app/Contents/MacOS/MillPortal', 'launchd', 'Mill Digital'),
    apple('JamfDaemon', '/Library/Application Support/JAMF/JamfDaemon', 'launchd', 'JAMF Software'),
  ],
  oneOffStems: [
    'Capture One',
    'Audio Hijack',
    'GarageBand',
    'ImageOptim',
    'HandBrake',
    'OmniGraffle',
    'Sketch',
    'iZotope RX',
    'Blender',
    'Cinema 4D',
    'Permute',
    'Hazel',
    'Transmit',
    'Soulver',
    'Scrivener',
  ],
  oneOffFolders: [
    '/Applications',
    '/Applications',
    '/Applications',
    '/Users/{user}/Applications',
    '/Users/{user}/Downloads',
    '{volume}',
  ],
  masquerade: [
    apple('mds_store', '/Users/Shared/mds_store', 'zsh', ''),
    apple('Findеr', '/Users/{user}/Library/Finder/Findеr', 'zsh', ''),
    apple('backupd', '/private/tmp/backupd', 'bash', ''),
    apple('fseventd', '/private/var/tmp/fseventd', 'zsh', ''),
  ],
  livingOffTheLand: [
    apple('hdiutil', '/usr/bin/hdiutil', 'zsh'),
    apple('osascript', '/usr/bin/osascript', 'Terminal'),
    apple('sqlite3', '/usr/bin/sqlite3', 'zsh'),
    apple('zip', '/usr/bin/zip', 'zsh'),
  ],
  renamedTool: [
    apple('helperd', '/Users/{user}/Library/Caches/helperd', 'zsh', ''),
    apple('Updater', '/Users/Shared/Updater', 'bash', ''),
    apple('notesync', '/Users/{user}/Documents/notesync', 'zsh', ''),
  ],
  rareParent: [
    apple('cupsd', '/usr/sbin/cupsd', 'zsh'),
    apple('TextEdit', '/System/Applications/TextEdit.app/Contents/MacOS/TextEdit', 'python3'),
    apple('mdworker', '/System/Library/Frameworks/CoreServices.framework/Support/mdworker', 'zsh'),
  ],
  runFromDevice: [apple('viewer', '{volume}/viewer', 'zsh', '')],
  serviceUser: 'root',
  serviceUserId: '0',
  applicationUser: '_renderfarm',
};
