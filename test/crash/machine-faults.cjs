/**
 * Loaded before a program: makes its clock go back by an hour while a file `clock-back` is in FAULTS_FOLDER, and lets
 * whatever is brought to the disk take its time while a file `slow-sync` is there.
 */
'use strict';
const { existsSync, promises } = require('node:fs');
const { join } = require('node:path');

const BACK_MS = 3_600_000;
const SYNC_MS = 700;
const LOOK_MS = 20;

const now = Date.now;
let back = false;
let looked = -LOOK_MS;

Date.now = () => {
  if (performance.now() - looked >= LOOK_MS) {
    looked = performance.now();
    back = existsSync(join(process.env.FAULTS_FOLDER, 'clock-back'));
  }
  return now() - (back ? BACK_MS : 0);
};

const { open } = promises;
promises.open = async (...given) => {
  const handle = await open(...given);
  const sync = handle.sync.bind(handle);
  handle.sync = async () => {
    if (existsSync(join(process.env.FAULTS_FOLDER, 'slow-sync'))) await new Promise((resolve) => setTimeout(resolve, SYNC_MS));
    return sync();
  };
  return handle;
};
require('node:module').syncBuiltinESMExports();
