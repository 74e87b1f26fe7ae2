import type { Module } from '../module.js'
import { promptModule } from './prompt-module.js'

/** Creates `/analyze [path or question]`: a prompt to analyze what the code does and where it is weak, with evidence. */
export function analyzeModule(): Module {
  return promptModule({
    name: 'analyze',
    aliases: ['analyse'],
    description: 'What this code does, how it works and where it is weak, with evidence',
    argumentHint: '[path or question]',
    prompt: (args) => `Analyze ${args === '' ? 'this project' : `the following in this project: ${args}`}

Read only. Change no file, install nothing, and run nothing that has effects outside the working tree.

Work like this:
1. Find the entry points, the build and test set-up, and the code that matters for the question. Read that code itself, not only its names and comments. Where docs and code disagree, the code counts: say so.
2. Follow the main paths from input to output: data, state, errors, concurrency, and what crosses a trust boundary.
3. Check each suspicion before you report it: find the callers, the test that covers it, the guard that makes it harmless. Run the existing tests or a small read-only command where that settles it.
4. Drop what you could not support. A short report of true things is worth more than a long one.

Report:
- **What it is**: purpose and main parts, five sentences at most.
- **How it works**: the main flow, step by step, each step with \`file:line\`.
- **Findings**: most serious first, ten at most. For each: what is wrong or risky, \`file:line\`, when it happens, what it costs, and the smallest change that fixes it. Mark each as *verified* (you traced or ran it) or *suspected* (say what would prove it).
- **What is good** and should be kept as it is, where a later change might break it.
- **Not looked at**: what you left out, and the open questions.

Take correctness, security, data loss, concurrency and resource leaks before style. Do not report what a formatter or linter would.`,
  })
}
