// A vitest reporter that fails the run when a test was skipped or never ran, and names it.

export default class NoSkippedTests {
  onTestRunEnd(modules) {
    const filtered = process.argv.some((argument) => argument === '-t' || argument.startsWith('--testNamePattern'));
    if (filtered) return;
    const skipped = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        if (test.result().state === 'skipped') skipped.push(`  ${module.relativeModuleId}: ${test.fullName}`);
      }
    }
    if (skipped.length === 0) return;
    console.error(`\n${skipped.length} test(s) did not run. Make them run, or delete them:\n${skipped.join('\n')}`);
    process.exitCode = 1;
  }
}
