import type { Module } from '../module.js'
import { promptModule } from './prompt-module.js'

/** Creates `/review [what]`: a prompt for a code review of the changes. */
export function reviewModule(): Module {
  return promptModule({
    name: 'review',
    aliases: ['code-review'],
    description: 'Review the changes: bugs that matter, each verified, most serious first',
    argumentHint: '[branch, commit, PR or path]',
    prompt: (args) => `Review ${args === '' ? 'the changes in this working tree' : `this: ${args}`}

Do not change any file, commit, push or comment anywhere. You report to me.

**Find the change.** ${
      args === ''
        ? 'Look at `git status`, `git diff HEAD` and the untracked files. If the tree is clean, review the commits of this branch that its upstream or the main branch does not have (`git merge-base`). If there are none, say so and stop.'
        : 'It names a branch, a commit or range, a pull request (`gh pr diff` where `gh` works), or a path. Say first how you read it, and which diff you reviewed.'
    } Read the messages of the commits for what is intended.

**Read around it.** For each changed function read the whole function, its callers and its tests. Look at what was removed as closely as at what was added.

**Look for**, in this order:
1. wrong results: broken invariants, off by one, null and empty cases, error paths that swallow or half-finish, wrong order, races, time and time zones, encodings, integer and size limits
2. security: injection, missing checks of who may do it, secrets in code or logs, unsafe paths and deserialisation, new trust in outside input
3. lost or corrupted data, migrations that cannot be undone, broken compatibility of APIs, files and wire formats
4. leaks, unbounded growth, work in a loop that belongs outside of it
5. missing tests for behaviour that changed, and tests that would pass without the change
6. needless complexity: code that repeats something that is already there

**Verify each finding** before you report it: trace the path that triggers it, or run a test or a small script that shows it. Drop what cannot happen, what was there before the change (unless the change makes it worse), and what a formatter, linter or compiler would say.

**Report:**
- one sentence: what the change does, and whether you would merge it (yes, yes with the fixes below, no)
- the findings, most serious first, each as: **[blocker | major | minor]** \`file:line\`, what goes wrong, with which input or in which order, and the smallest fix (a few lines of code where that is clearer)
- questions to the author, only those whose answer could change the verdict
- what you checked and found good, in one line; what you did not look at, in one line

No praise for its own sake, no summary of the diff, no style opinions. If there is nothing to report, say that.`,
  })
}
