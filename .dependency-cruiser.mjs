/**
 * The floors of src/, highest first. A room is a folder or a file at the top of src/; it imports from lower floors only,
 * not from a higher floor and not from another room on its floor. Type imports count too.
 */
const FLOORS = [
  ['cli', 'index'],
  ['run'],
  ['view'],
  ['trace'],
  ['session'],
  ['hooks', 'mcp', 'modules', 'agents'],
  ['commands'],
  ['permissions', 'plugins'],
  ['proxy'],
  ['upstream'],
  ['prompt', 'terminal', 'config'],
  ['request', 'log', 'codex'],
  ['stream', 'process', 'worker', 'package-version'],
  ['paths', 'json', 'errors', 'package-file', 'nearest-name', 'time-limit'],
]

const rooms = (...names) => `^src/(${names.join('|')})(?:/|\\.ts$)`

const upward = FLOORS.slice(1).map((floor, at) => ({
  name: `no-import-up-from-${floor.join('-')}`,
  severity: 'error',
  comment: 'The importing file is on a lower floor: move the shared code down, or pass it in.',
  from: { path: rooms(...floor) },
  to: { path: rooms(...FLOORS.slice(0, at + 1).flat()) },
}))

// The two lowest floors hold small parts that may use each other.
const sideways = FLOORS.slice(0, -2)
  .filter((floor) => floor.length > 1)
  .map((floor) => ({
    name: `no-import-between-${floor.join('-')}`,
    severity: 'error',
    comment: 'Rooms on one floor do not know each other: move the shared code down, or connect them in src/run.',
    from: { path: rooms(...floor) },
    to: { path: rooms(...floor), pathNot: '^src/$1(?:/|\\.ts$)' },
  }))

/** What `npm run check` holds the imports of src/ to. */
export default {
  forbidden: [
    ...upward,
    ...sideways,
    {
      name: 'no-circle',
      severity: 'error',
      comment: 'Files that import each other are one file: move what both need into a third.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-room-without-a-floor',
      severity: 'error',
      comment: 'Add the new room to FLOORS in .dependency-cruiser.mjs.',
      from: { path: '^src/', pathNot: rooms(...FLOORS.flat()) },
      to: {},
    },
    {
      name: 'terminal-and-proxy-apart',
      severity: 'error',
      comment: 'The proxy and the terminal do not know each other: src/run connects them.',
      from: { path: '^src/proxy/' },
      to: { path: '^src/terminal/' },
    },
  ],
  options: { parser: 'swc', tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' } },
}
