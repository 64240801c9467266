import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../src/client/configuration/configuration-file.js';
import { foreignKey } from '../../../src/client/configuration/foreign-keys.js';
import { parseLegacyConfiguration } from '../../../src/client/configuration/legacy-configuration-file.js';
import { type ConfigurationRequest, loadConfiguration } from '../../../src/client/configuration/load-configuration.js';
import { BufferTimeout, GlobalJobParameters, NetworkMemory, OperatorChaining, ParallelismDefault, PipelineName, TaskManagerHeap } from '../../../src/core/options.js';

let folder: string;
let request: ConfigurationRequest;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flink-test-'));
  for (const name of ['work', 'home', 'conf']) mkdirSync(join(folder, name));
  request = { folder: join(folder, 'work'), home: join(folder, 'home'), environment: {} };
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): void => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const parallelism = async (more: ConfigurationRequest = {}): Promise<number> => (await loadConfiguration({ ...request, ...more })).configuration.get(ParallelismDefault);
const refusal = async (more: ConfigurationRequest = {}): Promise<unknown> => loadConfiguration({ ...request, ...more }).catch((error: unknown) => error);

describe('where the configuration comes from', () => {
  it('is the defaults when there is no file', async () => {
    const loaded = await loadConfiguration(request);
    expect(loaded.file).toBeUndefined();
    expect(loaded.configuration.get(ParallelismDefault)).toBe(1);
  });

  it('is FLINK_CONF_DIR before ./config.yaml before ~/.flink/config.yaml, never merged', async () => {
    file('home/.flink/config.yaml', 'parallelism.default: 2\nexecution.buffer-timeout: 7');
    expect(await parallelism()).toBe(2);
    file('work/config.yaml', 'parallelism.default: 3');
    expect(await parallelism()).toBe(3);
    expect((await loadConfiguration(request)).configuration.get(BufferTimeout)).toBe(100);
    file('conf/config.yaml', 'parallelism.default: 4');
    expect(await parallelism({ environment: { FLINK_CONF_DIR: join(folder, 'conf') } })).toBe(4);
  });

  it('is -p before the last -D before the file', async () => {
    file('work/config.yaml', 'parallelism.default: 3');
    expect(await parallelism({ dynamic: ['parallelism.default=5', 'parallelism.default=6'] })).toBe(6);
    expect(await parallelism({ dynamic: ['parallelism.default=5'], parallelism: 7 })).toBe(7);
  });

  it('refuses a FLINK_CONF_DIR that is no folder or holds no file', async () => {
    expect(await refusal({ environment: { FLINK_CONF_DIR: join(folder, 'nope') } })).toMatchObject({ code: 'CONFIGURATION', message: expect.stringMatching(/FLINK_CONF_DIR names .*nope, which is not a folder/) });
    expect(await refusal({ environment: { FLINK_CONF_DIR: join(folder, 'conf') } })).toMatchObject({ message: expect.stringMatching(/holds no config\.yaml/) });
  });

  it('takes -D key alone as true and keeps what follows the first =', async () => {
    const { configuration } = await loadConfiguration({ ...request, dynamic: ['pipeline.operator-chaining.enabled', 'pipeline.global-job-parameters=a:b=c'] });
    expect(configuration.get(OperatorChaining)).toBe(true);
    expect(configuration.get(GlobalJobParameters)).toEqual({ a: 'b=c' });
    expect(await refusal({ dynamic: ['=3'] })).toMatchObject({ code: 'USAGE' });
  });
});

describe('a configuration file', () => {
  it.each([
    ['flat', 'taskmanager.memory.heap.size: 512mb'],
    ['nested', 'taskmanager:\n  memory:\n    heap:\n      size: 512mb'],
    ['mixed', 'taskmanager.memory:\n  heap.size: 512mb'],
  ])('may be %s', async (_, text) => {
    file('work/config.yaml', text);
    expect((await loadConfiguration(request)).configuration.get(TaskManagerHeap)).toBe(512 * 1024 ** 2);
  });

  it('may nest below a key that is an option itself', async () => {
    file('work/config.yaml', 'execution:\n  buffer-timeout:\n    interval: 5 ms\npipeline:\n  operator-chaining: { enabled: false }\n  global-job-parameters: { a: 1 }');
    const { configuration } = await loadConfiguration(request);
    expect([configuration.get(BufferTimeout), configuration.get(OperatorChaining), configuration.get(GlobalJobParameters)]).toEqual([5, false, { a: '1' }]);
  });

  it('may be empty or hold comments only', () => {
    expect(parseConfiguration('', 'c')).toEqual([]);
    expect(parseConfiguration('# nothing\n', 'c')).toEqual([]);
  });

  it('must not give a key twice, in whichever spelling, and the error names both lines', async () => {
    file('work/config.yaml', 'parallelism:\n  default: 2\nparallelism.default: 3');
    expect(await refusal()).toMatchObject({ code: 'CONFIGURATION', message: 'config.yaml:3 gives parallelism.default a second time (first in line 2)', location: { line: 3, text: 'parallelism.default: 3' } });
  });

  it('must not give a key in its present and in an older spelling', async () => {
    file('work/config.yaml', 'execution.buffer-timeout: 1\nexecution.buffer-timeout.interval: 2');
    expect(await refusal()).toMatchObject({ message: 'config.yaml:2 gives execution.buffer-timeout.interval a second time (first in line 1)' });
  });

  it('may say the same thing twice by an alias, but not put it inside itself', async () => {
    file('work/config.yaml', 'taskmanager.memory.heap.size: &size 512mb\ntaskmanager.memory.network: &network\n  size: *size\n');
    expect((await loadConfiguration(request)).configuration.get(NetworkMemory)).toBe(512 * 1024 ** 2);
    expect(parseConfiguration('a: &x { b: 1 }\nc: *x', 'c').map(({ key, raw, line }) => [key, raw, line])).toEqual([['a.b', 1, 1], ['c.b', 1, 1]]);
    expect(() => parseConfiguration('a: &x\n  b: *x', 'config.yaml')).toThrow('config.yaml:2 puts a.b inside itself');
  });

  it.each(['', ' null', ' ~', '    null  '])('may name a key without a value (%j), which is as if it were not there, and is said', async (value) => {
    file('work/config.yaml', `pipeline.name: "null"\nparallelism:\n  default:${value}\nyarn.queue:${value}`);
    const { configuration, warnings } = await loadConfiguration(request);
    expect([configuration.getOptional(ParallelismDefault), configuration.get(PipelineName)]).toEqual([undefined, 'null']);
    expect(warnings).toEqual(['without a value and so without effect: parallelism.default (config.yaml:3)']);
    file('work/config.yaml', 'paralelism.default:');
    expect(await refusal()).toMatchObject({ message: 'unknown configuration key "paralelism.default" (config.yaml:1)' });
  });

  it.each([['a list', '? [1, 2]\n: 3', '[ 1, 2 ]'], ['a number', '7: 3', '7'], ['nothing', '"": 3', "''"], ['null', 'a:\n  ~: 3', 'null']])('must not use %s as a key', (_, text, shown) => {
    expect(() => parseConfiguration(text, 'config.yaml')).toThrow(`has the key ${shown}, but keys must be text`);
  });

  it('must be YAML with keys', async () => {
    file('work/config.yaml', 'a: [1');
    expect(await refusal()).toMatchObject({ message: expect.stringMatching(/^config\.yaml:1 is not valid YAML/) });
    file('work/config.yaml', '- a\n- b');
    expect(await refusal()).toMatchObject({ message: 'config.yaml:1 must hold `key: value` lines' });
  });
});

describe('a flink-conf.yaml, the file of Flink before 1.19', () => {
  it('has flat pairs, of which the last one of a key counts; what is none is left out', () => {
    const text = [
      '###########################', '# Some : comments : to skip', 'mykey1: myvalue1', 'mykey2       : myvalue2', 'mykey3:myvalue3', ' some nonsense without colon and whitespace separator', ' :  ', '   ',
      'mykey4: myvalue4# some comments', '   mykey5    :    myvalue5    ', 'mykey6: my: value6', 'mykey7: ', ': myvalue8', 'mykey9: myvalue9', 'mykey9: myvalue10', 'mykey10: "quoted"',
    ].join('\n');
    const { entries, ignoredLines } = parseLegacyConfiguration(text);
    expect(Object.fromEntries(entries.map(({ key, raw }) => [key, raw]))).toEqual({ mykey1: 'myvalue1', mykey2: 'myvalue2', mykey4: 'myvalue4', mykey5: 'myvalue5', mykey6: 'my: value6', mykey9: 'myvalue10', mykey10: '"quoted"' });
    expect([entries.find(({ key }) => key === 'mykey9')?.line, ignoredLines]).toEqual([15, [5, 6, 7, 12, 13]]);
    expect(parseLegacyConfiguration('invalid')).toEqual({ entries: [], ignoredLines: [1] });
  });

  it('is read where FLINK_CONF_DIR holds one, before config.yaml, and what was left out is said', async () => {
    file('conf/config.yaml', 'parallelism.default: 3');
    file('conf/flink-conf.yaml', 'jobmanager.rpc.address: localhost\nparallelism.default: 7 # mine\npipeline.name:broken\npipeline.global-job-parameters: a:1,b:2\n');
    const environment = { FLINK_CONF_DIR: join(folder, 'conf') };
    const { configuration, warnings, file: read } = await loadConfiguration({ ...request, environment });
    expect([configuration.get(ParallelismDefault), configuration.get(GlobalJobParameters), configuration.getOptional(PipelineName)]).toEqual([7, { a: '1', b: '2' }, undefined]);
    expect([read, warnings]).toEqual([join(folder, 'conf', 'flink-conf.yaml'), [expect.stringMatching(/^no "key: value" and so without effect: .*flink-conf\.yaml:3$/)]]);
    file('conf/flink-conf.yaml', 'parallelism.defualt: 2');
    expect(await refusal({ environment })).toMatchObject({ message: expect.stringMatching(/unknown configuration key "parallelism\.defualt" \(.*flink-conf\.yaml:1\)/) });
  });
});

describe('a wrong entry', () => {
  it('with an unknown key is told with the nearest known key, the file and the line', async () => {
    file('work/config.yaml', '# mine\n\nparalelism.default: 2');
    expect(await refusal()).toMatchObject({ message: 'unknown configuration key "paralelism.default" (config.yaml:3)', hint: expect.stringContaining('Did you mean "parallelism.default"?') });
  });

  it('with a value that is not allowed is told with key, value, what is allowed and where it stands', async () => {
    file('work/config.yaml', 'parallelism:\n  default: lots');
    expect(await refusal()).toMatchObject({ message: 'parallelism.default is "lots" (config.yaml:2), but must be a whole number from 1 to 32768' });
    file('work/config.yaml', 'pipeline:\n  global-job-parameters:\n    a: { b: 1 }\n');
    expect(await refusal()).toMatchObject({ message: 'pipeline.global-job-parameters is { a: { b: 1 } } (config.yaml:2), but must be a map of texts such as a:1,b:2' });
    expect(await refusal({ folder: join(folder, 'home'), dynamic: ['execution.buffer-timeout=soon'] })).toMatchObject({ message: expect.stringMatching(/^execution\.buffer-timeout is "soon" \(-D\), but must be a duration/) });
  });

  it('that is a slip under a prefix of Flink is still told', async () => {
    expect(await refusal({ dynamic: ['taskmanager.numberOfTaskSlot=2'] })).toMatchObject({ hint: expect.stringContaining('"taskmanager.numberOfTaskSlots"') });
  });
});

describe("Apache Flink's own keys", () => {
  it('are let in, those without meaning as a remark, those not supported as a warning', async () => {
    file('work/config.yaml', 'jobmanager:\n  rpc:\n    address: localhost\nexecution.checkpointing.snapshot-compression: true\nrest.retry.delay: 3 s');
    const { warnings, remarks } = await loadConfiguration(request);
    expect(warnings).toEqual(['not supported by this version and without effect: execution.checkpointing.snapshot-compression (config.yaml:4)']);
    expect(remarks).toEqual(['settings of Apache Flink that have no meaning here: jobmanager.rpc.address (config.yaml:3), rest.retry.delay (config.yaml:5)']);
  });

  it.each([
    ['taskmanager.memory.process.size', 'without-meaning'], ['env.java.opts.all', 'without-meaning'], ['execution.checkpointing.interval-during-backlog', 'not-supported'],
    ['state.changelog.enabled', 'not-supported'], ['execution.checkpointing.file-merging.enabled', 'without-meaning'], ['table.exec.state.ttl', 'not-supported'], ['high-availability.zookeeper.quorum', 'without-meaning'],
    ['pipeline.jars', 'without-meaning'], ['pipeline.jarsy', undefined], ['my.key', undefined],
  ])('%s is %s', (key, kind) => expect(foreignKey(key)).toBe(kind));
});
