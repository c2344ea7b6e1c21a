import assert from 'node:assert/strict';
import { test } from 'node:test';

import { exportPath, filterOf, logsPath } from './filter';

test('what the address says is asked for, and nothing else', () => {
  const filter = filterOf(new URLSearchParams('text= a%26b &host=x.test&host=y.test&page=7&label='));
  assert.equal(filter.toString(), 'text=a%26b&host=x.test&host=y.test');
  assert.equal(logsPath(filter, 100, null), '/admin/v1/logs?text=a%26b&host=x.test&host=y.test&limit=100');
  assert.equal(logsPath(filter, 100, 'c/1'), '/admin/v1/logs?text=a%26b&host=x.test&host=y.test&limit=100&cursor=c%2F1');
});

test('an export takes the same filters', () => {
  assert.equal(exportPath(filterOf(new URLSearchParams('rowState=FAILED')), 'csv'), '/admin/v1/logs/export?rowState=FAILED&format=csv');
  assert.equal(filterOf(undefined).toString(), '');
});
