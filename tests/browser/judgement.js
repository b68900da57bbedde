// Is what both reported of a page alike enough? And how that is shown.

const isUnexplained = ({ misses, why }) => misses.length > 0 && !why.length;

/**
 * How much of a drive's `rows` is alike in everything (`alike`), and but for what docs/datadog.md says (`meant`), and
 * whether that is enough: `strict` and `goal`. `before` is the page's first drive where this is its second. A near thing
 * (a change just at the end of a click's 100 ms) comes out another way the second time, a fault the same way: so of the
 * misses that nothing explains only those are held against the page then whose kind missed the first time too.
 */
export function judged({ rows, faults }, { strict = 0, goal }, before) {
  const explained = rows.filter(({ why }) => why.length).length;
  const unexplained = rows.filter(isUnexplained);
  const known = before?.rows.length && new Set(before.rows.filter(isUnexplained).map(({ kind }) => kind));
  const held = known ? unexplained.filter(({ kind }) => known.has(kind)) : unexplained;
  const share = (misses) => (rows.length ? 1 - misses / rows.length : 0);
  const isGood = share(explained + held.length) >= strict && share(held.length) >= goal && !faults.length;
  return { alike: share(explained + unexplained.length), meant: share(unexplained.length), isGood };
}

export const percent = (share) => `${(100 * share).toFixed(1)} %`;

const shown = ({ kind, theirs, ours, misses, why }) => `  ${kind}: ${misses.join(', ')} (${why.length ? [...new Set(why)].join('; ') : 'NO KNOWN REASON'})
    datadog ${JSON.stringify(theirs)}
    otelrum ${JSON.stringify(ours)}`;

/** A drive in words: its misses, its faults, and its figures. */
export function report(title, { rows, faults, lateMs }, { alike, meant }, { strict, goal }) {
  const misses = rows.filter((row) => row.misses.length);
  const figures = `${rows.length - misses.length} of ${rows.length} actions alike (${percent(alike)}), but for what docs/datadog.md says ${percent(meant)}`;
  const goals = `goals ${strict === undefined ? 'none' : percent(strict)} and ${percent(goal)}`;
  return [...misses.map(shown), ...faults.map((fault) => `  ${fault}`), `${title}: ${figures}; ${goals}; timers ${lateMs.toFixed()} ms late`].join('\n');
}

/** Lines of equal columns. */
export function table(lines) {
  const widths = lines[0].map((_, at) => Math.max(...lines.map((line) => line[at].length)));
  return lines.map((line) => line.map((cell, at) => cell.padEnd(widths[at])).join('  ').trimEnd()).join('\n');
}
