import type { Module } from '../module.js'
import { promptModule } from './prompt-module.js'

/** Creates `/research QUESTION`: a prompt to answer from sources, with facts kept apart from guesses. */
export function researchModule(): Module {
  return promptModule({
    name: 'research',
    aliases: ['investigate'],
    description: 'Answer a question from code and sources, each claim with its source',
    argumentHint: '<question>',
    prompt: (args) => `Research this, for a decision in this project: ${
      args === '' ? 'the open question of our conversation so far (state first how you understand it)' : args
    }

Change no file of the project.

1. Say what exactly is asked, and what the answer will be used for. Split it into the few questions that decide it.
2. Look here first: the code, the lock files (which versions are really used), docs, git history (\`git log -S\`), tests.
3. Then outside, if you have a tool for it: official documentation of the version in use, the source of the dependency (also in the package folder on disk), changelogs, issues and standards. Take primary sources before blog posts, and look at dates. Without such a tool say so, and mark what comes from memory.
4. Where it can be tried, try it: a scratch program outside of the project's tree, a run of the real tool. A measurement beats a citation.
5. Look for what speaks against your first answer before you settle on it.

Report:
- **Answer**: two or three sentences that can be acted on, with how sure you are (high, medium, low) and why.
- **Evidence**: a table of claim, source (\`file:line\`, URL, or the command and its output), and kind (measured, documented, source code, opinion, memory).
- **Options**, where there is a choice: what each costs and when it is the right one. Recommend one.
- **Contradictions** between sources, and which you believe.
- **Unknown**: what you could not find out, and the cheapest way to find out.

Never make up a source, a version or a number. A claim without a source goes under Unknown.`,
  })
}
