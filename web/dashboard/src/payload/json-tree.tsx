import { Button, Icon } from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';

import { t } from '../i18n';
import { sizeOf, type JsonNode } from './json';
import { RedactedMark } from './redacted-mark';
import { redactedHash } from './redaction';

/** Containers with more than this show their beginning first. */
const shownAtOnce = 100;
/** What is small, or near the root, is open at first. */
const openDepth = 3;
const openSize = 40;

type Opening = 'first' | 'all' | 'none';

function Leaf({ node }: { node: JsonNode & { kind: 'string' | 'literal' } }): JSX.Element {
  if (node.kind === 'literal') {
    return <span class={/^[-\d]/.test(node.text) ? 'json-number' : 'json-word'}>{node.text}</span>;
  }
  const hash = redactedHash(node.text);
  return hash === null ? <span class="json-string">{JSON.stringify(node.text)}</span> : <RedactedMark hash={hash} />;
}

function Branch({ name, node, depth, opening, end }: { name: ComponentChildren; node: JsonNode & { kind: 'object' | 'array' }; depth: number; opening: Opening; end: string }): JSX.Element {
  const size = sizeOf(node);
  const [open, setOpen] = useState(opening === 'all' || depth === 0 || (opening === 'first' && depth < openDepth && size <= openSize));
  const [shown, setShown] = useState(shownAtOnce);
  const [left, right] = node.kind === 'object' ? ['{', '}'] : ['[', ']'];
  if (size === 0) {
    return (
      <>
        {name}
        <span class="json-sign">
          {left}
          {right}
          {end}
        </span>
      </>
    );
  }
  const children = (node.kind === 'object' ? node.members : node.items.map((value) => ({ key: null, value }))).slice(0, shown);
  return (
    <>
      <button type="button" class="json-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span class={`json-arrow${open ? ' json-arrow-open' : ''}`}>
          <Icon name="chevronRight" size={14} />
        </span>
        {name}
        <span class="json-sign">{left}</span>
        {!open && (
          <>
            <span class="json-count">{t(node.kind === 'object' ? 'message.treeMembers' : 'message.treeItems', { count: size })}</span>
            <span class="json-sign">
              {right}
              {end}
            </span>
          </>
        )}
      </button>
      {open && (
        <>
          <ul class="json-children">
            {children.map(({ key, value }, index) => (
              <li key={index}>
                <Value name={key} node={value} depth={depth + 1} opening={opening} end={index + 1 < size ? ',' : ''} />
              </li>
            ))}
            {size > shown && (
              <li>
                <Button size="small" variant="ghost" onClick={() => setShown(shown + shownAtOnce * 5)}>
                  {t('message.treeMore', { count: size - shown })}
                </Button>
              </li>
            )}
          </ul>
          <span class="json-sign">
            {right}
            {end}
          </span>
        </>
      )}
    </>
  );
}

function Value({ name, node, depth, opening, end }: { name: string | null; node: JsonNode; depth: number; opening: Opening; end: string }): JSX.Element {
  const label = name === null ? null : (
    <>
      <span class="json-name">{JSON.stringify(name)}</span>
      <span class="json-sign">: </span>
    </>
  );
  if (node.kind === 'object' || node.kind === 'array') return <Branch name={label} node={node} depth={depth} opening={opening} end={end} />;
  return (
    <>
      {label}
      <Leaf node={node} />
      <span class="json-sign">{end}</span>
    </>
  );
}

/** A value to walk through: what it has inside opens and closes. */
export function JsonTree({ root, label }: { root: JsonNode; label: string }): JSX.Element {
  const [opening, setOpening] = useState<Opening>('first');
  const nested = sizeOf(root) > 0;
  return (
    <div class="json-box">
      {nested && (
        <div class="json-tools">
          <Button size="small" variant="ghost" onClick={() => setOpening('all')}>
            {t('message.treeExpand')}
          </Button>
          <Button size="small" variant="ghost" onClick={() => setOpening('none')}>
            {t('message.treeCollapse')}
          </Button>
        </div>
      )}
      <div key={opening} class="code-block json-tree mono" role="group" aria-label={label} tabIndex={0}>
        <Value name={null} node={root} depth={0} opening={opening} end="" />
      </div>
    </div>
  );
}
