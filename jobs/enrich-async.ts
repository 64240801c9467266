/**
 * Looks every user up in a service, many at a time, and prints them in the order of their ids:
 *
 *   1 Ada, London
 *
 *   flink run jobs/enrich-async.ts                            a directory inside the job that takes its time
 *   flink run jobs/enrich-async.ts --url http://host/users    GET http://host/users/1 answers {"name": …, "city": …}
 *
 * `--users` says how many ids there are (12). What fails is tried again three times; what takes longer than
 * `--timeout` (2 s) prints `no answer`. With `--unordered` users are printed as they are found.
 */
import { AsyncDataStream, ParameterTool, StreamExecutionEnvironment } from 'flink-ts';
import type { AsyncContext } from 'flink-ts';

interface User {
  name: string;
  city: string;
}

const DIRECTORY: readonly User[] = [
  { name: 'Ada', city: 'London' }, { name: 'Kurt', city: 'Vienna' }, { name: 'Emmy', city: 'Erlangen' },
  { name: 'Alan', city: 'Manchester' }, { name: 'Grace', city: 'New York' },
];

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const url = parameters.get('url', '');

async function fetchUser(id: number, { signal }: AsyncContext): Promise<User> {
  const response = await fetch(`${url}/${id}`, { signal });
  if (!response.ok) throw new Error(`${url}/${id} answered ${response.status}`);
  return (await response.json()) as User;
}

/** Later ids are found sooner, so that only the order of the results keeps them in theirs. */
async function findUser(id: number): Promise<User | undefined> {
  await new Promise((resolve) => setTimeout(resolve, 100 / id));
  return DIRECTORY[(id - 1) % DIRECTORY.length];
}

const env = StreamExecutionEnvironment.getExecutionEnvironment();
const ids = env.fromSequence(1, parameters.getInt('users', 12));

const wait = parameters.has('unordered') ? AsyncDataStream.unorderedWait : AsyncDataStream.orderedWait;
wait(
  ids,
  async (id, context) => {
    const user = await (url === '' ? findUser(id) : fetchUser(id, context));
    return user && `${id} ${user.name}, ${user.city}`;
  },
  {
    timeout: parameters.get('timeout', '2 s'),
    capacity: 10,
    retry: { retries: 3, delay: '50 ms', multiplier: 2 },
    onTimeout: (id) => `${id} no answer`,
  },
)
  .name('Look up')
  .print();

await env.execute('Enrich users');
