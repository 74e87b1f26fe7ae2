/** What is known of a program: where its paths stand, and what makes it more than reading. */
export type Program = {
  /** Which words are paths: every word that is no flag, all but the first (a pattern, a script), or none. */
  paths: 'all' | 'after first' | 'none'
  /** Flags that always take the next word as their value, which is no path (others may be taken for one). */
  valued: readonly string[]
  /** Flags that write, run something, or read a list of files: with one of them the program is not read-only. */
  forbidden: readonly string[]
  kind: 'read-only' | 'reads' | 'writes'
  /** It shows that files are there, not what is in them. */
  namesOnly: boolean
}

const list = (text: string): string[] => text.split(' ').filter(Boolean)
const table = new Map<string, Program>()

function add(names: string, kind: Program['kind'], paths: Program['paths'], valued = '', forbidden = ''): void {
  for (const name of list(names)) {
    table.set(name, { paths, valued: list(valued), forbidden: list(forbidden), kind, namesOnly: NAMES_ONLY.has(name) })
  }
}

const NAMES_ONLY = new Set(list('ls du stat file tree readlink realpath cd find'))

add('cat tac nl rev expand unexpand fold fmt tsort comm cmp head tail', 'read-only', 'all')
add('ls', 'read-only', 'all', '-I -w -T --ignore --hide --width --sort --time')
add('wc', 'read-only', 'all', '', '--files0-from')
// They print sizes and names, not contents.
add('du', 'read-only', 'none', '-d -t -B --max-depth --threshold --exclude', '--files0-from -X --exclude-from')
add(
  'sort',
  'read-only',
  'all',
  '-k -t -S --key',
  '-o --output -T --temporary-directory --compress-program --files0-from',
)
add('cut', 'read-only', 'all', '-d -f -c -b --delimiter --fields --characters --bytes --output-delimiter')
add('paste', 'read-only', 'all', '-d')
add('column', 'read-only', 'all', '-s -c -o -N')
add('diff', 'read-only', 'all', '-U -C -I -x -W --label --exclude --width', '--output -X --exclude-from -l --paginate')
add('stat', 'read-only', 'all', '-c --format --printf')
add('file', 'read-only', 'all', '-F -P -e', '-C --compile -m --magic-file -f --files-from -z --uncompress -Z')
add('tree', 'read-only', 'all', '-L -I -P --filelimit --charset --sort', '-o --output -R --fromfile')
add('strings od hexdump', 'read-only', 'all', '-n -N -t -j -A -e', '-f -T')
add('base64', 'read-only', 'all', '-w --wrap', '-o --output')
add('md5sum sha1sum sha256sum sha512sum cksum', 'read-only', 'all')
add('readlink realpath', 'read-only', 'none')
add('cd', 'read-only', 'all')
add('grep egrep fgrep', 'read-only', 'after first', '-m -A -B -C -d -D --max-count --include --exclude --exclude-dir')
add(
  'rg',
  'read-only',
  'after first',
  '-m -A -B -C -g -t -T -j -M -d --glob --type --type-not --max-count --max-depth --sort',
  '--pre --pre-glob --hostname-bin --search-zip -z --debug --ignore-file',
)
add(
  'jq',
  'read-only',
  'after first',
  '--indent',
  '-f --from-file --rawfile --slurpfile --argfile -L --run-tests --args',
)
add('find', 'read-only', 'all', '', '-exec -execdir -ok -okdir -delete -fls -fprint -fprint0 -fprintf -files0-from')
add('tr seq expr basename dirname which type', 'read-only', 'none')
add('lsof', 'read-only', 'none', '', '-D +d +D -r')
add('true false : pwd whoami id uname echo test [', 'read-only', 'none')
add('printf', 'read-only', 'none', '', '-v')
add('date', 'read-only', 'none')
add('df free uptime nproc groups locale getconf cal sleep arch', 'read-only', 'none')
add('ps pgrep', 'read-only', 'none', '-o -p -u -C', '-F --pidfile')
add(
  'man',
  'read-only',
  'none',
  '',
  '-P --pager -H --html -C --config-file -M -l --local-file -X -T -Z -E -m -L -p -r -R -t',
)
add('awk gawk mawk', 'reads', 'after first', '-F -v')
add('sed', 'reads', 'after first', '-l --line-length')
add('uniq xxd less more git', 'reads', 'all')
add('touch mkdir rm rmdir mv cp tee ln truncate', 'writes', 'all')

/** What is known of the program of that name. */
export function programOf(name: string): Program | undefined {
  return table.get(name)
}

/** Programs that no rule frees, and whose arguments are files all the same: a rule that forbids a file has to see them. */
const READERS = new Set(
  list(
    'bat batcat pr join shuf b2sum sha224sum sha384sum sum base32 basenc zcat zless zgrep bzcat xzcat csplit look ag ack ' +
      'xmllint view source . xclip pbcopy hexyl most perl ruby uuencode',
  ),
)
const WRITERS = new Set(list('install rsync scp shred chmod chown chgrp unlink link mkfifo mknod setfacl chattr'))
/** They read a file, and write one. */
const COPIERS = new Set(
  list(
    'patch dd split sponge gzip gunzip bzip2 xz zstd tar zip unzip iconv yq openssl gpg vi vim nvim ' +
      'nano emacs ed ex code curl wget dos2unix',
  ),
)

/** The same for rules that forbid: of these programs, too, each argument may be a file. */
export function anyProgramOf(name: string): Program | undefined {
  const known = table.get(name)
  if (known) return known
  const kind = WRITERS.has(name) || COPIERS.has(name) ? 'writes' : READERS.has(name) ? 'reads' : undefined
  return kind && { paths: 'all', valued: [], forbidden: [], kind, namesOnly: false }
}

/** Whether a program that writes reads its files, too. */
export function copies(name: string): boolean {
  return COPIERS.has(name) || name === 'sed'
}

/** Whether a flag is among `list`: long ones also abbreviated or with `=value`, short ones anywhere in a cluster. */
export function hasFlag(word: string, list: readonly string[]): boolean {
  if (!word.startsWith('-') || word === '-') return false
  const name = word.split('=')[0] as string
  return list.some((flag) => {
    if (flag.startsWith('--')) return word.startsWith('--') && name.length > 2 && flag.startsWith(name)
    if (flag.length > 2) return name === flag
    return !word.startsWith('--') && name.slice(1).includes(flag[1] as string)
  })
}
