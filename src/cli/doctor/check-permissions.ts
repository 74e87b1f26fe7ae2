import { limitProblems } from '../../config/limit-problems.js'
import { folderTrust } from '../../config/trust.js'
import { gitRoot } from '../../paths.js'
import { listRules, type RuleRow } from '../../permissions/list-rules.js'
import { readPermissionSettings } from '../../permissions/read-settings.js'
import { rulesOff } from '../subcommands/permissions.js'
import { about, type Check, type Finding } from './finding.js'

/** So many rules that do not hold are told; `plus permissions list` has all. */
const MOST_ROWS = 20

/** Reports which permission rules hold for codex's tools, and each that does not, with its place and the reason. */
export const permissionsCheck: Check = {
  topic: 'permissions',
  run({ settings, env, cwd }) {
    const { ok, note, bad } = about('permissions')
    const off = rulesOff(settings)
    const trusted = folderTrust(cwd, gitRoot(cwd), env).trusted
    const { rules, problems } = listRules({ settings: readPermissionSettings({ cwd, env }), trusted, off })
    if (rules.length === 0 && problems.length === 0) return [ok('no rules here')]
    const held = rules.filter(({ served }) => served)
    const failed = rules.filter(({ served }) => !served)
    // What forbids and does not hold is relied on; switched off is the user's own choice.
    const level = (row: RuleRow): ((text: string) => Finding) =>
      off !== null && settings.permissions && !settings.safe && row.kind !== 'allow' ? bad : note
    const rows = failed.slice(0, MOST_ROWS).map((row) => level(row)(rowText(row)))
    const more = failed.length - rows.length
    return [
      ...(held.length === 0 ? [] : [ok(`${held.length} of ${rules.length} rules hold for codex's tools`)]),
      ...rows,
      ...(more > 0 ? [note(`${more} more rules do not hold: see codex-plus plus permissions list`)] : []),
      // A broken rule has its row above.
      ...limitProblems(problems.filter((problem) => !/: the rule '/.test(problem))).map((problem) =>
        problem.includes('file is ignored') ? bad(problem) : note(problem),
      ),
    ]
  },
}

function rowText({ kind, rule, file, line, why }: RuleRow): string {
  return `${kind} ${rule} does not hold: ${why} (${file}:${line})`
}
