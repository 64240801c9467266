import { HashMapBackend } from '../../src/state/hash-map-backend.js';
import { MODES } from '../operators/modes.js';
import { describeStateBackend } from './backend-conformance.js';

for (const { mode, specialise } of MODES) describeStateBackend(`the ${mode} hash map`, () => new HashMapBackend(specialise));
